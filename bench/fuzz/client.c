/*
 * Fuzzes the client's side of the codec, with the frames of a server. Parsed messages
 * are compared with those of a naive reference (stream.c), and encoded again.
 */

#include <stdlib.h>

static int allocations; /* that still succeed; negative for all */

static void *scarce_realloc(void *block, size_t size)
{
    if (allocations == 0)
        return NULL;
    allocations--;
    return realloc(block, size);
}

#define realloc scarce_realloc
#include "../../echo/wire/codec.c"
#undef realloc

#include "stream.h"

/* The state of a connection: the next frame begins at base, and the codec got all bytes
 * before fed. */
struct state {
    struct wire_codec *codec;
    size_t base, fed, come;
    size_t room; /* bytes for the messages of one call */
    bool scarce; /* allocations fail */
};

enum { CUTS = 8, MOST = 16 };

static struct stream stream;
static uint8_t ins[ROOM], outs[ROOM + 14]; /* used from their end: see codec.c */

/* Asserts that a message equals the payload of the reference's reply, and that its frame
 * does, too. */
static void same_message(struct state *state, const uint8_t *payload,
                         const struct wire_message *message)
{
    static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    const uint8_t *frame = expected.replies + state->come;
    size_t header = message->length < 126 ? 2 : message->length < 65536 ? 4 : 10, size;
    uint8_t *out = outs + sizeof outs - header - 4 - message->length;

    must(header + message->length <= expected.length - state->come);
    must((frame[0] & 15) == message->opcode);
    must(message->length == 0
         || memcmp(frame + header, payload, message->length) == 0);
    state->come += header + message->length;
    size = wire_write(frame[0], payload, &message->length, 1, mask, out);
    must(size == header + 4 + message->length);
    must(out[0] == frame[0] && out[1] == (frame[1] | 0x80));
    must(memcmp(out + 2, frame + 2, header - 2) == 0);
    must(memcmp(out + header, mask, 4) == 0);
    for (size_t i = 0; i < message->length; i++)
        must((out[header + 4 + i] ^ mask[i % 4]) == payload[i]);
}

/* Takes back held bytes, and compares them with the input. */
static void take(struct state *state, size_t untaken)
{
    size_t held = wire_held(state->codec);
    uint8_t *bytes = outs + sizeof outs - held;

    must(held + untaken == state->fed - state->base);
    wire_take(state->codec, bytes);
    must(memcmp(bytes, stream.bytes + state->base, held) == 0);
    must(wire_held(state->codec) == 0);
}

/* Compares the result of a piece with the reference. The codec also refuses a frame if
 * an allocation fails. */
static void compare(struct state *state, const uint8_t *in,
                    const struct wire_messages *messages, size_t untaken)
{
    bool refused = state->codec->refused;
    size_t end = state->fed - untaken, good;
    enum verdict verdict;

    if (refused && state->scarce)
        end -= wire_held(state->codec);
    else if (refused)
        end = state->fed;
    verdict = go_through(stream.bytes + state->base, end - state->base,
                         state->codec->limit, &good);
    must(refused && state->scarce ? state->base + good == end
                                  : refused == (verdict == WRONG));
    state->base += good;
    for (size_t i = 0; i < messages->count; i++) {
        const struct wire_message *message = &messages->found[i];
        const uint8_t *block = i == 0 && messages->first ? messages->first : in;

        must(block == in || message->at + message->length == messages->first_length);
        same_message(state, block + message->at, message);
    }
    must(state->come == expected.length);
    same_counts(&state->codec->counts);
}

/* Feeds all bytes before an offset. A codec that refuses goes on refusing until its held
 * bytes are taken. */
static void feed(struct state *state, size_t until)
{
    do {
        size_t length = until - state->fed, taken;
        uint8_t *in = ins + ROOM - length;
        struct wire_message *found = calloc(state->room, sizeof *found);
        struct wire_messages messages = {.found = found, .room = state->room};

        memcpy(in, stream.bytes + state->fed, length);
        taken = wire_read(state->codec, in, length, &messages);
        must(memcmp(in, stream.bytes + state->fed, length) == 0);
        must(taken == length || state->codec->refused
             || messages.count == messages.room);
        if (state->codec->refused)
            state->fed = until;
        else
            state->fed += taken;
        compare(state, in, &messages, state->codec->refused ? length - taken : 0);
        wire_read_free(&messages);
        must(messages.first == NULL);
        if (state->codec->refused) {
            must(wire_read(state->codec, in, length, &messages) == 0);
            must(messages.first == NULL && messages.count == 0);
            take(state, length - taken);
            state->base = state->fed;
        }
        free(found);
    } while (state->fed < until);
    if (state->codec->reply)
        must(state->codec->room <= 2 * state->codec->have
             || state->codec->room <= FIRST_ROOM);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct wire_counts totals = {0};
    struct state state = {0};
    uint64_t limit = make_limit(next_byte(&input));
    uint8_t plan = next_byte(&input);
    uint8_t cuts[CUTS];

    from_server = true;
    state.room = plan & 8 ? 1 + (plan >> 4) : MOST;
    state.scarce = plan >= 0xf0;
    for (int i = 0; i < plan % CUTS; i++)
        cuts[i] = next_byte(&input);
    make_stream(&stream, input);
    expected.length = 0;
    memset(&expected.counts, 0, sizeof expected.counts);
    state.codec = wire_client_new(limit, &totals);
    allocations = state.scarce ? size % 4 : -1;
    for (int i = 0; i < plan % CUTS; i++) {
        size_t piece = cuts[i] & 127, left = stream.length - state.fed;

        feed(&state, state.fed + (piece < left ? piece : left));
        if (cuts[i] & 128) {
            take(&state, 0);
            state.fed = state.base;
        }
    }
    feed(&state, stream.length);
    must(memcmp(&totals, &state.codec->counts, sizeof totals) == 0);
    wire_codec_free(state.codec);
    return 0;
}
