#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"
#include "stream.h"

bool from_server;

uint8_t next_byte(struct input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->at++;
}

static void append(struct stream *stream, uint8_t byte)
{
    if (stream->length < ROOM)
        stream->bytes[stream->length++] = byte;
}

/* Appends a frame with a valid length. */
static void append_frame(struct stream *stream, struct input *input, uint8_t shape)
{
    size_t length = next_byte(input), repeat = 1;
    uint8_t masked = from_server ? 0 : 0x80, mask[4], payload[256];

    if (shape & 4)
        repeat = 1 + next_byte(input) % 4;
#ifdef LONG
    if (shape & 8)
        repeat = 1 + 16 * (size_t)next_byte(input);
#endif
    for (size_t i = 0; i < 4; i++)
        mask[i] = masked && shape & 16 ? next_byte(input) : 0;
    for (size_t i = 0; i < length; i++)
        payload[i] = next_byte(input);
    append(stream, shape & 32 ? next_byte(input) : shape & 1 ? 0x82 : 0x81);
    if (length * repeat < 126) {
        append(stream, masked | (uint8_t)(length * repeat));
    } else if (length * repeat < 65536) {
        append(stream, masked | 126);
        append(stream, (uint8_t)(length * repeat >> 8));
        append(stream, (uint8_t)(length * repeat));
    } else {
        append(stream, masked | 127);
        for (int shift = 56; shift >= 0; shift -= 8)
            append(stream, (uint8_t)((uint64_t)(length * repeat) >> shift));
    }
    for (size_t i = 0; masked && i < 4; i++)
        append(stream, mask[i]);
    for (size_t i = 0; i < length * repeat; i++)
        append(stream, payload[i % length] ^ mask[i % 4]);
}

void make_stream(struct stream *stream, struct input input)
{
    stream->length = 0;
    while (input.left > 0) {
        uint8_t shape = next_byte(&input);

        if (shape & 128)
            for (int i = shape & 15; i >= 0 && input.left > 0; i--)
                append(stream, next_byte(&input));
        else
            append_frame(stream, &input, shape);
    }
}

uint64_t make_limit(uint8_t byte)
{
    if (byte < 128)
        return byte;
    return ((uint64_t)1 << (byte & 31)) - 1 + (byte >> 5 & 1);
}

/* The reference: its input always begins with the beginning of a frame. */

struct expected expected;

/* Returns the length of the UTF-8 sequence at the front; 0 if it is invalid. */
static size_t sequence(const uint8_t *at, size_t length)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t point;
    size_t size = 1;

    if (length == 0)
        return 0;
    if (at[0] >> 7 == 0)
        return 1;
    while (size < 8 && at[0] & 1 << (7 - size))
        size++;
    if (size < 2 || size > 4 || size > length)
        return 0;
    point = at[0] & ((1u << (7 - size)) - 1);
    for (size_t i = 1; i < size; i++) {
        if (at[i] >> 6 != 2)
            return 0;
        point = point << 6 | (at[i] & 63);
    }
    if (point < least[size] || point > 0x10ffff || point >> 11 == 0xd800 >> 11)
        return 0;
    return size;
}

/* Whether the bytes are UTF-8, or a prefix of it unless is_whole. */
static bool is_text(const uint8_t *at, size_t length, bool is_whole)
{
    size_t size;

    while ((size = sequence(at, length)) > 0) {
        at += size;
        length -= size;
    }
    if (length == 0 || is_whole || length > 3)
        return length == 0;
    for (size = length + 1; size <= 4; size++) {
        uint8_t low[4], high[4]; /* the missing bytes: minimum and maximum */

        memset(low, 0x80, 4);
        memset(high, 0xbf, 4);
        memcpy(low, at, length);
        memcpy(high, at, length);
        if (sequence(low, size) == size || sequence(high, size) == size)
            return true;
    }
    return false;
}

/* Checks one frame. Adds the reply to a valid frame, and sets *size to its length. */
static enum verdict judge(const uint8_t *in, size_t length, uint64_t limit, size_t *size)
{
    static uint8_t payload[ROOM];
    size_t extra, mask, here;
    uint64_t said = 0;

    if (length < 2)
        return PARTIAL;
    if ((in[0] != 0x81 && in[0] != 0x82) || in[1] >= 0x80 == from_server)
        return WRONG;
    extra = in[1] % 0x80 == 0x7f ? 8 : in[1] % 0x80 == 0x7e ? 2 : 0;
    mask = from_server ? 0 : 4;
    if (length < 2 + extra + mask)
        return PARTIAL;
    for (size_t i = 0; i < extra; i++)
        said = said * 256 + in[2 + i];
    if (extra == 0)
        said = in[1] % 0x80;
    if ((extra == 2 && said < 126) || (extra == 8 && said < 65536)
        || (limit > 0 && said > limit) || said > SIZE_MAX / 4)
        return WRONG;
    here = length - 2 - extra - mask;
    if (here > said)
        here = said;
    for (size_t i = 0; i < here; i++)
        payload[i] = in[2 + extra + mask + i] ^ (mask ? in[2 + extra + i % 4] : 0);
    if (in[0] == 0x81 && !is_text(payload, here, here == said))
        return WRONG;
    if (here < said)
        return PARTIAL;
    expected.replies[expected.length++] = in[0];
    expected.replies[expected.length++] = in[1] % 0x80;
    memcpy(expected.replies + expected.length, in + 2, extra);
    memcpy(expected.replies + expected.length + extra, payload, here);
    expected.length += extra + here;
    if (in[0] == 0x81) {
        expected.counts.texts++;
        expected.counts.text_octets += here;
    } else {
        expected.counts.binaries++;
        expected.counts.binary_octets += here;
    }
    *size = 2 + extra + mask + here;
    return GOOD;
}

enum verdict go_through(const uint8_t *in, size_t length, uint64_t limit, size_t *done)
{
    enum verdict verdict;
    size_t size;

    *done = 0;
    while ((verdict = judge(in + *done, length - *done, limit, &size)) == GOOD)
        *done += size;
    return verdict;
}

void must(bool good)
{
    if (!good)
        abort();
}

void same_counts(const struct wire_counts *counts)
{
    must(counts->texts == expected.counts.texts);
    must(counts->text_octets == expected.counts.text_octets);
    must(counts->binaries == expected.counts.binaries);
    must(counts->binary_octets == expected.counts.binary_octets);
}
