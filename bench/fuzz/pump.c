/*
 * Fuzzes the pump over a real socket: like codec.c, with a peer that may read slowly.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"
#include "stream.h"

enum { CUTS = 8, PATIENCE = 1000000000 };

/* The next frame begins at base, and all bytes before sent are sent. */
struct state {
    struct wire_pump *pump;
    struct wire_codec *codec;
    int near, far;
    size_t base, sent, replied;
    bool slow; /* the peer reads only after the pump has handed back */
};

static struct stream stream;

static void same_replies(struct state *state, const uint8_t *bytes, size_t length)
{
    must(length <= expected.length - state->replied);
    must(length == 0 || memcmp(expected.replies + state->replied, bytes, length) == 0);
    state->replied += length;
}

static void receive(struct state *state)
{
    static uint8_t bytes[ROOM];
    ssize_t length;

    while ((length = recv(state->far, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        same_replies(state, bytes, (size_t)length);
}

/* The bytes that the pump hands back: those of an incomplete frame, and a rest. */
static void same_rest(struct state *state)
{
    static uint8_t bytes[ROOM];
    size_t held = wire_held(state->codec);

    must(held + state->pump->rest_length == state->sent - state->base);
    wire_take(state->codec, bytes);
    must(memcmp(bytes, stream.bytes + state->base, held) == 0);
    must(state->pump->rest_length == 0
         || memcmp(state->pump->rest, stream.bytes + state->base + held,
                   state->pump->rest_length) == 0);
}

static void add(struct state *state)
{
    must(wire_pump_add(state->pump, state->codec, state->near) == 0);
}

/* Sends all bytes before an offset, and checks the result of the pump. */
static void send_piece(struct state *state, size_t until)
{
    size_t length = until - state->sent, good;
    enum verdict verdict;
    bool is_back;

    must(send(state->far, stream.bytes + state->sent, length, 0) == (ssize_t)length);
    state->sent = until;
    verdict = go_through(stream.bytes + state->base, until - state->base,
                         state->codec->limit, &good);
    state->base += good;
    is_back = wire_pump_run(state->pump, PATIENCE);
    if (!state->slow || is_back)
        receive(state);
    must(state->codec->refused == (verdict == WRONG));
    same_counts(&state->codec->counts);
    if (is_back) {
        must(state->pump->returned == state->codec && state->pump->error == 0);
        for (int i = 0; i < 2; i++)
            same_replies(state, state->pump->unsent[i], state->pump->unsent_length[i]);
        must(state->replied == expected.length);
        if (state->codec->refused) {
            same_rest(state);
            state->base = until;
        }
        add(state);
    }
    must(state->slow || state->replied == expected.length);
}

/* Opens a connection with a small send buffer at the near end. */
static void connect_ends(struct state *state)
{
    int ends[2], little = 1, much = 4 * ROOM;

    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    state->near = ends[0];
    state->far = ends[1];
    must(setsockopt(state->near, SOL_SOCKET, SO_SNDBUF, &little, sizeof little) == 0);
    must(setsockopt(state->far, SOL_SOCKET, SO_SNDBUF, &much, sizeof much) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wire_pump *pump;
    struct input input = {data, size};
    struct wire_counts totals = {0};
    struct state state = {0};
    uint64_t limit = make_limit(next_byte(&input));
    uint8_t plan = next_byte(&input);
    uint8_t cuts[CUTS];

    if (pump == NULL)
        pump = wire_pump_new();
    must(pump != NULL);
    state.pump = pump;
    state.slow = plan & 8;
    for (int i = 0; i < plan % CUTS; i++)
        cuts[i] = next_byte(&input);
    make_stream(&stream, input);
    expected.length = 0;
    memset(&expected.counts, 0, sizeof expected.counts);
    connect_ends(&state);
    state.codec = wire_codec_new(limit, &totals);
    add(&state);
    for (int i = 0; i < plan % CUTS; i++) {
        size_t left = stream.length - state.sent;

        send_piece(&state, state.sent + (cuts[i] < left ? cuts[i] : left));
    }
    send_piece(&state, stream.length);
    receive(&state);
    must(state.replied == expected.length);
    close(state.far);
    must(wire_pump_run(pump, PATIENCE) == 1 && pump->returned == state.codec);
    must(pump->rest_length + pump->unsent_length[0] + pump->unsent_length[1] == 0);
    close(state.near);
    wire_codec_free(state.codec);
    return 0;
}
