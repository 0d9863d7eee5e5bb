/*
 * The codec: frames to replies, frames to messages, messages to frames. It does not use
 * sockets.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

enum {
    FINAL_TEXT = 0x81,
    FINAL_BINARY = 0x82,
    OPCODE = 0x0f,
    MASKED = 0x80,
    MASK = 4,
    IN_16_BITS = 126, /* the length follows, in as many bits */
    IN_64_BITS = 127,
    REPLY_HEADER = 10, /* bytes of the longest header without a mask */
    FIRST_ROOM = 64 << 10
};

enum kind { SIMPLE, INCOMPLETE, NOT_SIMPLE };

struct header {
    uint8_t size;
    uint64_t length; /* of the payload */
};

static uint64_t number(const uint8_t *digits, int count)
{
    uint64_t value = 0;

    for (int i = 0; i < count; i++)
        value = value << 8 | digits[i];
    return value;
}

/* Parses a header, which may be incomplete. */
static enum kind parse(const struct wire_codec *codec, const uint8_t *in,
                       size_t length, struct header *header)
{
    uint8_t size;

    if (length < 2)
        return INCOMPLETE;
    if ((in[0] != FINAL_TEXT && in[0] != FINAL_BINARY)
        || !(in[1] & MASKED) != !codec->mask_length)
        return NOT_SIMPLE;
    size = in[1] & ~MASKED;
    header->size = 2 + codec->mask_length
                   + (size == IN_16_BITS ? 2 : size == IN_64_BITS ? 8 : 0);
    if (length < header->size)
        return INCOMPLETE;
    header->length = size;
    if (size == IN_16_BITS) {
        header->length = number(in + 2, 2);
        if (header->length < IN_16_BITS)
            return NOT_SIMPLE;
    } else if (size == IN_64_BITS) {
        header->length = number(in + 2, 8);
        if (header->length <= UINT16_MAX || header->length > SIZE_MAX / 4)
            return NOT_SIMPLE;
    }
    if (codec->limit && header->length > codec->limit)
        return NOT_SIMPLE;
    return SIMPLE;
}

/* The length of a reply's header: the frame's header without the mask. */
static size_t reply_header(const struct wire_codec *codec, uint8_t header_size)
{
    return header_size - codec->mask_length;
}

static void write_reply_header(const struct wire_codec *codec, uint8_t *to,
                               const uint8_t *header, uint8_t size)
{
    memcpy(to, header, reply_header(codec, size));
    to[1] &= ~MASKED;
}

/* The mask, repeated to eight bytes. Byte number phase of the mask comes first. */
static uint64_t pattern(const uint8_t *mask, uint64_t phase)
{
    uint8_t bytes[8];
    uint64_t value;

    for (int i = 0; i < 8; i++)
        bytes[i] = mask[(phase + i) % MASK];
    memcpy(&value, bytes, sizeof value);
    return value;
}

/* Applies or removes a mask. The two buffers are the same or do not overlap. */
static void apply_mask(uint8_t *to, const uint8_t *from, size_t length,
                       const uint8_t *mask, uint64_t phase)
{
    uint64_t key = pattern(mask, phase);
    uint64_t block[8]; /* the compiler turns this loop into SIMD instructions */
    size_t i = 0;

    for (; length - i >= sizeof block; i += sizeof block) {
        memcpy(block, from + i, sizeof block);
        for (int j = 0; j < 8; j++)
            block[j] ^= key;
        memcpy(to + i, block, sizeof block);
    }
    for (; length - i >= sizeof key; i += sizeof key) {
        memcpy(block, from + i, sizeof key);
        block[0] ^= key;
        memcpy(to + i, block, sizeof key);
    }
    for (; i < length; i++)
        to[i] = from[i] ^ mask[(phase + i) % MASK];
}

static bool within(uint8_t byte, uint8_t low, uint8_t high)
{
    return byte >= low && byte <= high;
}

/* Starts a multi-byte sequence (RFC 3629 section 4). Returns false if no sequence
 * starts with this byte. */
static bool begin_sequence(struct wire_utf8 *utf8, uint8_t lead)
{
    utf8->low = 0x80;
    utf8->high = 0xbf;
    if (within(lead, 0xc2, 0xdf)) {
        utf8->due = 1;
    } else if (within(lead, 0xe0, 0xef)) {
        utf8->due = 2;
        if (lead == 0xe0)
            utf8->low = 0xa0;
        if (lead == 0xed)
            utf8->high = 0x9f;
    } else if (within(lead, 0xf0, 0xf4)) {
        utf8->due = 3;
        if (lead == 0xf0)
            utf8->low = 0x90;
        if (lead == 0xf4)
            utf8->high = 0x8f;
    } else {
        return false;
    }
    return true;
}

static const uint8_t *skip_ascii(const uint8_t *at, const uint8_t *end)
{
    const uint64_t high_bits = UINT64_C(0x8080808080808080);
    uint64_t words[2];

    while ((size_t)(end - at) >= sizeof words) {
        memcpy(words, at, sizeof words);
        if ((words[0] | words[1]) & high_bits)
            break;
        at += sizeof words;
    }
    while (at < end && *at < 0x80)
        at++;
    return at;
}

/* Checks the next bytes of a text. Returns false if they are not UTF-8. An incomplete
 * sequence at the end is valid so far. */
static bool check_text(struct wire_utf8 *utf8, const uint8_t *at, size_t length)
{
    const uint8_t *end = at + length;

    while (at < end) {
        if (utf8->due) {
            if (!within(*at, utf8->low, utf8->high))
                return false;
            utf8->low = 0x80;
            utf8->high = 0xbf;
            utf8->due--;
            at++;
            continue;
        }
        at = skip_ascii(at, end);
        if (at == end)
            break;
        if (!begin_sequence(utf8, *at))
            return false;
        at++;
    }
    return true;
}

static bool is_whole_text(const uint8_t *at, size_t length)
{
    struct wire_utf8 utf8 = {0};

    return check_text(&utf8, at, length) && !utf8.due;
}

static void count(struct wire_codec *codec, bool text, uint64_t length)
{
    if (text) {
        codec->counts.texts++;
        codec->counts.text_octets += length;
        codec->totals->texts++;
        codec->totals->text_octets += length;
    } else {
        codec->counts.binaries++;
        codec->counts.binary_octets += length;
        codec->totals->binaries++;
        codec->totals->binary_octets += length;
    }
}

/* The partial frame. */

static bool has_whole_head(const struct wire_codec *codec)
{
    return codec->reply != NULL;
}

static uint8_t *payload(const struct wire_codec *codec)
{
    return codec->reply + reply_header(codec, codec->head_length);
}

/* Applies or removes the mask of the partial frame, on bytes of its payload. */
static void apply_own_mask(const struct wire_codec *codec, uint8_t *to,
                           const uint8_t *from, size_t length, uint64_t phase)
{
    if (codec->mask_length)
        apply_mask(to, from, length, codec->head + codec->head_length - MASK, phase);
    else if (to != from && length)
        memcpy(to, from, length);
}

/* Doubles the room when it is full. So a peer occupies memory for the bytes that it has
 * sent, not for the length that it has announced. */
static bool make_room(struct wire_codec *codec)
{
    uint64_t room = codec->have ? codec->have * 2 : FIRST_ROOM;
    uint8_t *reply;

    if (codec->reply != NULL && codec->have < codec->room)
        return true;
    if (room > codec->length)
        room = codec->length;
    reply = realloc(codec->reply, REPLY_HEADER + room);
    if (reply == NULL)
        return false;
    codec->reply = reply;
    codec->room = room;
    return true;
}

/* Starts the payload, once the header is complete and simple. */
static bool begin_payload(struct wire_codec *codec, uint64_t length)
{
    codec->length = length;
    codec->have = 0;
    codec->utf8.due = 0;
    if (!make_room(codec))
        return false;
    write_reply_header(codec, codec->reply, codec->head, codec->head_length);
    return true;
}

static bool is_text(const struct wire_codec *codec)
{
    return codec->head[0] == FINAL_TEXT;
}

uint8_t *wire_tail(struct wire_codec *codec, size_t *size)
{
    *size = 0;
    if (!has_whole_head(codec) || codec->refused || !make_room(codec))
        return NULL;
    *size = codec->room - codec->have;
    return payload(codec) + codec->have;
}

void wire_arrived(struct wire_codec *codec, size_t length)
{
    uint8_t *arrived = payload(codec) + codec->have;

    apply_own_mask(codec, arrived, arrived, length, codec->have);
    codec->have += length;
    if (is_text(codec) && !check_text(&codec->utf8, arrived, length))
        codec->refused = true;
}

/* Appends input to the payload. Returns how many bytes it has taken. */
static size_t append_payload(struct wire_codec *codec, const uint8_t *in, size_t length)
{
    size_t taken = 0;

    while (!codec->refused && taken < length && codec->have < codec->length) {
        size_t piece;
        uint8_t *tail = wire_tail(codec, &piece);

        if (tail == NULL) {
            codec->refused = true;
            break;
        }
        if (piece > length - taken)
            piece = length - taken;
        memcpy(tail, in + taken, piece);
        taken += piece;
        wire_arrived(codec, piece);
    }
    return taken;
}

/* Appends input to the header, byte by byte: a header rarely arrives in pieces. */
static size_t append_header(struct wire_codec *codec, const uint8_t *in, size_t length)
{
    struct header header;
    size_t taken = 0;
    enum kind kind = INCOMPLETE;

    while (kind == INCOMPLETE && taken < length) {
        codec->head[codec->head_length++] = in[taken++];
        kind = parse(codec, codec->head, codec->head_length, &header);
    }
    if (kind == NOT_SIMPLE || (kind == SIMPLE && !begin_payload(codec, header.length)))
        codec->refused = true;
    return taken;
}

/* Writes the reply to a complete frame. Returns its length; 0 if the frame is not
 * simple. */
static size_t reply_to_frame(struct wire_codec *codec, const uint8_t *in,
                             const struct header *header, uint8_t *out)
{
    bool text = in[0] == FINAL_TEXT;
    size_t reply_size = reply_header(codec, header->size);

    write_reply_header(codec, out, in, header->size);
    apply_mask(out + reply_size, in + header->size, header->length,
               in + header->size - MASK, 0);
    if (text && !is_whole_text(out + reply_size, header->length))
        return 0;
    count(codec, text, header->length);
    return reply_size + header->length;
}

/* Writes the replies to all complete frames, up to a frame that is incomplete or not
 * simple. Returns how many bytes it has taken. */
static size_t reply_to_frames(struct wire_codec *codec, const uint8_t *in,
                              size_t length, struct wire_replies *replies)
{
    size_t taken = 0;

    while (taken < length) {
        struct header header;
        enum kind kind = parse(codec, in + taken, length - taken, &header);
        size_t reply;

        codec->refused = kind == NOT_SIMPLE;
        if (kind != SIMPLE || length - taken - header.size < header.length)
            break;
        reply = reply_to_frame(codec, in + taken, &header,
                       replies->others + replies->others_length);
        if (reply == 0) {
            codec->refused = true;
            break;
        }
        replies->others_length += reply;
        taken += header.size + header.length;
    }
    return taken;
}

/* Appends input to the partial frame. Returns how many bytes it has taken. */
static size_t append_to_frame(struct wire_codec *codec, const uint8_t *in,
                              size_t length)
{
    size_t taken = 0;

    if (!has_whole_head(codec))
        taken = append_header(codec, in, length);
    if (has_whole_head(codec))
        taken += append_payload(codec, in + taken, length - taken);
    return taken;
}

/* Moves the reply to the partial frame into replies->first, if the frame is
 * complete. */
static void finish_frame(struct wire_codec *codec, struct wire_replies *replies)
{
    if (codec->refused || !has_whole_head(codec) || codec->have < codec->length)
        return;
    if (is_text(codec) && codec->utf8.due) {
        codec->refused = true;
        return;
    }
    count(codec, is_text(codec), codec->length);
    replies->first = codec->reply;
    replies->first_length = reply_header(codec, codec->head_length) + codec->length;
    codec->reply = NULL;
    codec->head_length = 0;
}

size_t wire_feed(struct wire_codec *codec, const uint8_t *in, size_t length,
                 struct wire_replies *replies)
{
    size_t taken = 0;

    replies->first = NULL;
    replies->first_length = replies->others_length = 0;
    if (codec->refused)
        return 0;
    if (codec->head_length) {
        taken = append_to_frame(codec, in, length);
        finish_frame(codec, replies);
    }
    if (!codec->head_length)
        taken += reply_to_frames(codec, in + taken, length - taken, replies);
    if (!codec->refused && taken < length)
        taken += append_to_frame(codec, in + taken, length - taken);
    return taken;
}

void wire_replies_free(struct wire_replies *replies)
{
    free(replies->first);
    replies->first = NULL;
}

size_t wire_held(const struct wire_codec *codec)
{
    return codec->head_length + (has_whole_head(codec) ? codec->have : 0);
}

void wire_take(struct wire_codec *codec, uint8_t *to)
{
    memcpy(to, codec->head, codec->head_length);
    if (has_whole_head(codec))
        apply_own_mask(codec, to + codec->head_length, payload(codec), codec->have, 0);
    free(codec->reply);
    codec->reply = NULL;
    codec->head_length = 0;
    codec->refused = false;
}

static struct wire_codec *make_codec(uint64_t limit, struct wire_counts *totals,
                                     uint8_t mask_length)
{
    struct wire_codec *codec = calloc(1, sizeof *codec);

    if (codec != NULL) {
        codec->limit = limit;
        codec->totals = totals;
        codec->mask_length = mask_length;
    }
    return codec;
}

struct wire_codec *wire_codec_new(uint64_t limit, struct wire_counts *totals)
{
    return make_codec(limit, totals, MASK);
}

void wire_codec_free(struct wire_codec *codec)
{
    free(codec->reply);
    free(codec);
}

/* The client's side. */

struct wire_codec *wire_client_new(uint64_t limit, struct wire_counts *totals)
{
    return make_codec(limit, totals, 0);
}

/* Notes the messages of all complete frames from an offset on, as long as messages has
 * room. Stops before a frame that is incomplete or not simple. Returns that offset. */
static size_t read_frames(struct wire_codec *codec, const uint8_t *in, size_t at,
                          size_t length, struct wire_messages *messages)
{
    while (at < length && messages->count < messages->room) {
        struct header header;
        enum kind kind = parse(codec, in + at, length - at, &header);
        bool text = in[at] == FINAL_TEXT;

        codec->refused = kind == NOT_SIMPLE;
        if (kind != SIMPLE || length - at - header.size < header.length)
            break;
        if (text && !is_whole_text(in + at + header.size, header.length)) {
            codec->refused = true;
            break;
        }
        count(codec, text, header.length);
        messages->found[messages->count++] = (struct wire_message){
            at + header.size, header.length, in[at] & OPCODE};
        at += header.size + header.length;
    }
    return at;
}

/* Appends input to the partial frame, and notes its message if it is complete now.
 * Returns how many bytes it has taken. */
static size_t read_partial(struct wire_codec *codec, const uint8_t *in, size_t length,
                           struct wire_messages *messages)
{
    size_t taken = append_to_frame(codec, in, length);
    uint8_t header_length = codec->head_length;
    struct wire_replies reply = {0};

    finish_frame(codec, &reply);
    if (reply.first) {
        messages->first = reply.first;
        messages->first_length = reply.first_length;
        messages->found[messages->count++] = (struct wire_message){
            header_length, reply.first_length - header_length, reply.first[0] & OPCODE};
    }
    return taken;
}

size_t wire_read(struct wire_codec *codec, const uint8_t *in, size_t length,
                 struct wire_messages *messages)
{
    size_t taken = 0;

    messages->first = NULL;
    messages->first_length = messages->count = 0;
    if (codec->refused)
        return 0;
    if (codec->head_length)
        taken = read_partial(codec, in, length, messages);
    if (!codec->head_length)
        taken = read_frames(codec, in, taken, length, messages);
    if (!codec->refused && taken < length && messages->count < messages->room)
        taken += append_to_frame(codec, in + taken, length - taken);
    return taken;
}

void wire_read_free(struct wire_messages *messages)
{
    free(messages->first);
    messages->first = NULL;
}

/* Writes a number in network byte order. */
static void write_number(uint8_t *to, uint64_t value, int count)
{
    while (count--) {
        to[count] = (uint8_t)value;
        value >>= 8;
    }
}

/* Writes the header of a client's frame. Returns its length. */
static size_t write_header(uint8_t *to, uint8_t first, uint64_t length,
                           const uint8_t *mask)
{
    int digits = length < IN_16_BITS ? 0 : length <= UINT16_MAX ? 2 : 8;

    to[0] = first;
    to[1] = MASKED | (digits == 0   ? (uint8_t)length
                      : digits == 2 ? IN_16_BITS
                                    : IN_64_BITS);
    write_number(to + 2, length, digits);
    memcpy(to + 2 + digits, mask, MASK);
    return 2 + digits + MASK;
}

size_t wire_write(uint8_t first, const uint8_t *payloads, const uint64_t *lengths,
                  size_t count, const uint8_t *masks, uint8_t *out)
{
    size_t written = 0;

    for (size_t i = 0; i < count; i++) {
        const uint8_t *mask = masks + MASK * i;

        written += write_header(out + written, first, lengths[i], mask);
        apply_mask(out + written, payloads, lengths[i], mask, 0);
        written += lengths[i];
        payloads += lengths[i];
    }
    return written;
}
