/*
 * Fuzzes the codec. The first bytes of an input choose where the stream is cut, and the
 * calls between; the rest makes the stream. A naive reference (stream.c) has the
 * expected results.
 *
 * Buffers are used from their end, so that AddressSanitizer detects one byte too many.
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
    size_t base, fed, replied;
    bool in_place; /* reads in place, like the pump */
    bool scarce;   /* allocations fail */
};

enum { CUTS = 8 };

static struct stream stream;
static uint8_t ins[ROOM], outs[ROOM]; /* used from their end */

static void same_replies(struct state *state, const uint8_t *bytes, size_t length)
{
    must(length <= expected.length - state->replied);
    must(length == 0 || memcmp(expected.replies + state->replied, bytes, length) == 0);
    state->replied += length;
}

/* Takes back held bytes, and compares them with the input. */
static void take(struct state *state, size_t untaken)
{
    size_t held = wire_held(state->codec);
    uint8_t *bytes = outs + ROOM - held;

    must(held + untaken == state->fed - state->base);
    wire_take(state->codec, bytes);
    must(memcmp(bytes, stream.bytes + state->base, held) == 0);
    must(wire_held(state->codec) == 0);
}

/* Reads in place, like the pump: input and reply share a buffer. */
static size_t read_in_place(struct state *state, size_t length)
{
    size_t inside;
    uint8_t *tail = wire_tail(state->codec, &inside);

    if (inside > length)
        inside = length;
    if (inside > 0) {
        memcpy(tail, stream.bytes + state->fed, inside);
        wire_arrived(state->codec, inside);
    }
    return inside;
}

/* Compares the result of a piece with the reference. The codec also refuses a frame if
 * an allocation fails. */
static void compare(struct state *state, struct wire_replies *replies, size_t untaken)
{
    bool refused = state->codec->refused;
    size_t end = state->fed, good;
    enum verdict verdict;

    if (refused && state->scarce)
        end -= untaken + wire_held(state->codec);
    verdict = go_through(stream.bytes + state->base, end - state->base,
                         state->codec->limit, &good);
    must(refused && state->scarce ? state->base + good == end
                                  : refused == (verdict == WRONG));
    state->base += good;
    same_replies(state, replies->first, replies->first_length);
    same_replies(state, replies->others, replies->others_length);
    must(state->replied == expected.length);
    same_counts(&state->codec->counts);
}

/* Feeds all bytes before an offset. A codec that refuses goes on refusing until its held
 * bytes are taken. */
static void feed(struct state *state, size_t until)
{
    size_t inside = state->in_place ? read_in_place(state, until - state->fed) : 0;
    size_t length = until - state->fed - inside, taken;
    uint8_t *in = ins + ROOM - length;
    struct wire_replies replies = {.others = outs + ROOM - length};

    memcpy(in, stream.bytes + until - length, length);
    taken = wire_feed(state->codec, in, length, &replies);
    must(memcmp(in, stream.bytes + until - length, length) == 0);
    must(taken == length || state->codec->refused);
    state->fed = until;
    compare(state, &replies, length - taken);
    wire_replies_free(&replies);
    if (state->codec->refused) {
        must(wire_feed(state->codec, in, length, &replies) == 0);
        must(replies.first == NULL && replies.others_length == 0);
        take(state, length - taken);
        state->base = state->fed;
    }
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

    state.in_place = plan & 8;
    state.scarce = plan >= 0xf0;
    for (int i = 0; i < plan % CUTS; i++)
        cuts[i] = next_byte(&input);
    make_stream(&stream, input);
    expected.length = 0;
    memset(&expected.counts, 0, sizeof expected.counts);
    state.codec = wire_codec_new(limit, &totals);
    allocations = state.scarce ? size % 4 : -1;
    for (int i = 0; i < plan % CUTS; i++) {
        size_t piece = cuts[i] & 127, left = stream.length - state.fed;

#ifdef LONG
        piece <<= cuts[i] % 16;
#endif
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
