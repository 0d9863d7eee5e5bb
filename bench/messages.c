#include "messages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef WITH_ZLIB
#include <zlib.h>
#endif

#include "link.h"

enum {
    FINAL = 0x80,
    COMPRESSED = 0x40,
    HEADER_LIMIT = 14,
    NUMBER_AT = 8, /* a multiple of four, like the length of the mask */
    NUMBER = 8,
    LARGE = 4096 /* a payload of this size has its number at its end, too */
};

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    check(memory != NULL, "memory");
    return memory;
}

/* xorshift: the payloads of two connections only have to differ. */
static uint32_t next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    return *state ^= *state << 5;
}

/* Payloads */

/* Writes the whole payload, including the bytes of the number. In the JSON, one
 * character in twenty has two to four bytes; spaces fill the end. */
static void fill(unsigned char *payload, enum kind kind, size_t size, uint32_t *state)
{
    static const char *const names[] = {"Zoë Müller",  "Łukasz Żak", "Åsa Öberg",
                                        "李小龙", "Ольга",     "😀 emoji"};
    if (kind != JSON) {
        for (size_t i = 0; i < size; i++)
            payload[i] = kind == BINARY ? (unsigned char)next(state)
                                        : (unsigned char)(' ' + next(state) % 95);
        return;
    }
    memset(payload, ' ', size);
    size_t there = (size_t)snprintf((char *)payload, size, "[{\"id\":\"00000000\"}");
    for (;;) {
        char item[160];
        size_t length = (size_t)snprintf(
            item, sizeof item,
            ", {\"name\": \"%s\", \"city\": \"Kraków\", \"price\": %u.%02u, "
            "\"currency\": \"€\", \"active\": %s}",
            names[next(state) % 6], next(state) % 1000, next(state) % 100,
            next(state) % 2 ? "true" : "false");
        if (there + length + 1 > size)
            break;
        memcpy(payload + there, item, length);
        there += length;
    }
    payload[size - 1] = ']';
}

static uint64_t digits(uint32_t number)
{
    unsigned char text[NUMBER];
    for (int i = 0; i < NUMBER; i++)
        text[i] = (unsigned char)"0123456789abcdef"[number >> (28 - 4 * i) & 15];
    uint64_t word;
    memcpy(&word, text, NUMBER);
    return word;
}

void renew(struct messages *messages, size_t index, uint32_t number)
{
    uint64_t word = digits(number), mask;
    memcpy(&mask, messages->masks[index], 4);
    memcpy((char *)&mask + 4, messages->masks[index], 4);
    uint64_t masked = word ^ mask;
    unsigned char *frame =
        messages->frames + messages->frameAt[index + 1] - messages->size;
    unsigned char *echo =
        messages->echoes + messages->echoAt[index + 1] - messages->size;
    memcpy(frame + NUMBER_AT, &masked, NUMBER);
    memcpy(echo + NUMBER_AT, &word, NUMBER);
    if (messages->size >= LARGE) {
        memcpy(frame + messages->size - NUMBER, &masked, NUMBER);
        memcpy(echo + messages->size - NUMBER, &word, NUMBER);
    }
}

/* Frames */

/* Writes a header without mask; returns its length. */
static size_t writeHeader(unsigned char *header, unsigned char first, size_t length)
{
    header[0] = first;
    if (length < 126) {
        header[1] = (unsigned char)length;
        return 2;
    }
    size_t extended = length < 65536 ? 2 : 8;
    header[1] = extended == 2 ? 126 : 127;
    for (size_t i = 0; i < extended; i++)
        header[2 + i] = (unsigned char)(length >> 8 * (extended - 1 - i));
    return 2 + extended;
}

size_t frameLength(const unsigned char *data, size_t length)
{
    if (length < 2)
        return 0;
    size_t extended = data[1] == 127 ? 8 : data[1] == 126 ? 2 : 0;
    size_t payload = extended > 0 ? 0 : data[1];
    if (length < 2 + extended)
        return 0;
    for (size_t i = 0; i < extended; i++)
        payload = payload << 8 | data[2 + i];
    return payload <= length - 2 - extended ? 2 + extended + payload : 0;
}

static size_t writeFrame(unsigned char *frame, unsigned char first,
                         const unsigned char *payload, size_t length,
                         const unsigned char mask[4])
{
    size_t header = writeHeader(frame, first, length);
    frame[1] |= 0x80;
    memcpy(frame + header, mask, 4);
    for (size_t i = 0; i < length; i++)
        frame[header + 4 + i] = payload[i] ^ mask[i % 4];
    return header + 4 + length;
}

static void prepare(struct messages *messages, size_t count, size_t size,
                    uint32_t *state)
{
    *messages = (struct messages){
        .count = count,
        .size = size,
        .frames = allocate(count, size + HEADER_LIMIT),
        .frameAt = allocate(count + 1, sizeof(size_t)),
        .echoes = allocate(count, size + HEADER_LIMIT),
        .echoAt = allocate(count + 1, sizeof(size_t)),
        .masks = allocate(count, 4),
    };
    for (size_t i = 0; i < count; i++) {
        uint32_t mask = next(state);
        memcpy(messages->masks[i], &mask, 4);
    }
}

void compose(struct messages *messages, enum kind kind, size_t count, size_t size,
             uint32_t seed)
{
    uint32_t state = seed * 2654435761u + 1;
    unsigned char first = FINAL | (kind == BINARY ? 2 : 1);
    prepare(messages, count, size, &state);
    for (size_t i = 0; i < count; i++) {
        unsigned char *echo = messages->echoes + messages->echoAt[i];
        size_t header = writeHeader(echo, first, size);
        fill(echo + header, kind, size, &state);
        messages->echoAt[i + 1] = messages->echoAt[i] + header + size;
        messages->frameAt[i + 1] =
            messages->frameAt[i]
            + writeFrame(messages->frames + messages->frameAt[i], first, echo + header,
                         size, messages->masks[i]);
        renew(messages, i, next(&state));
    }
}

/* permessage-deflate, RFC 7692 */

#ifdef WITH_ZLIB
static const unsigned char tail[] = {0, 0, 0xff, 0xff};

static size_t deflated(unsigned char *to, size_t room, unsigned char *from, size_t size)
{
    z_stream stream = {.next_in = from,
                       .avail_in = (uInt)size,
                       .next_out = to,
                       .avail_out = (uInt)room};
    check(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8,
                       Z_DEFAULT_STRATEGY) == Z_OK,
          "deflateInit2");
    check(deflate(&stream, Z_SYNC_FLUSH) == Z_OK && stream.avail_out > 0, "deflate");
    size_t made = room - stream.avail_out;
    deflateEnd(&stream);
    check(memcmp(to + made - sizeof tail, tail, sizeof tail) == 0, "deflate");
    return made - sizeof tail;
}

void composeDeflated(struct messages *messages, size_t count, size_t size,
                     uint32_t seed)
{
    uint32_t state = seed * 2654435761u + 1;
    unsigned char *packed = allocate(1, size);
    prepare(messages, count, size, &state);
    for (size_t i = 0; i < count; i++) {
        unsigned char *payload = messages->echoes + messages->echoAt[i];
        fill(payload, JSON, size, &state);
        uint64_t number = digits(next(&state));
        memcpy(payload + NUMBER_AT, &number, NUMBER);
        messages->echoAt[i + 1] = messages->echoAt[i] + size;
        size_t length = deflated(packed, size, payload, size);
        messages->frameAt[i + 1] =
            messages->frameAt[i]
            + writeFrame(messages->frames + messages->frameAt[i],
                         FINAL | COMPRESSED | 1, packed, length, messages->masks[i]);
    }
    free(packed);
}

bool inflatesTo(const struct messages *messages, size_t index,
                const unsigned char *frame, size_t length)
{
    static z_stream stream;
    static unsigned char *plain;
    if (plain == NULL) {
        plain = allocate(1, messages->size + 1);
        check(inflateInit2(&stream, -15) == Z_OK, "inflateInit2");
    }
    size_t header = frame[1] < 126 ? 2 : frame[1] == 126 ? 4 : 10;
    inflateReset(&stream);
    stream.next_out = plain;
    stream.avail_out = (uInt)messages->size + 1;
    stream.next_in = (unsigned char *)frame + header;
    stream.avail_in = (uInt)(length - header);
    int result = inflate(&stream, Z_SYNC_FLUSH);
    stream.next_in = (unsigned char *)tail;
    stream.avail_in = sizeof tail;
    if (result == Z_OK)
        result = inflate(&stream, Z_SYNC_FLUSH);
    return frame[0] == (FINAL | COMPRESSED | 1)
           && (result == Z_OK || result == Z_BUF_ERROR || result == Z_STREAM_END)
           && stream.avail_out == 1
           && memcmp(plain, messages->echoes + messages->echoAt[index], messages->size)
                  == 0;
}
#else
void composeDeflated(struct messages *messages, size_t count, size_t size,
                     uint32_t seed)
{
    (void)messages, (void)count, (void)size, (void)seed;
    errno = 0;
    check(false, "built without zlib: zlib1g-dev was not there");
}

bool inflatesTo(const struct messages *messages, size_t index,
                const unsigned char *frame, size_t length)
{
    (void)messages, (void)index, (void)frame, (void)length;
    return false;
}
#endif
