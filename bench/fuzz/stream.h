/*
 * Parts that all targets share: streams made from the input of the fuzzer, and a naive
 * reference with their expected results. They are compiled without instrumentation.
 * Include wire.h before.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef LONG
enum { ROOM = 1 << 20 }; /* enough for messages of hundreds of KiB */
#else
enum { ROOM = 16 << 10 };
#endif

/* The input of the fuzzer. Bytes beyond its end are zero. */
struct input {
    const uint8_t *at;
    size_t left;
};

uint8_t next_byte(struct input *input);

struct stream {
    uint8_t bytes[ROOM];
    size_t length;
};

/* Whether the streams are those of a server, with unmasked frames. */
extern bool from_server;

/* Makes a stream of frames and raw bytes. */
void make_stream(struct stream *stream, struct input input);

/* Makes a message limit from one byte: none, small, or near a border. */
uint64_t make_limit(uint8_t byte);

/* The expected replies and counts. */
struct expected {
    uint8_t replies[ROOM];
    size_t length;
    struct wire_counts counts;
};

extern struct expected expected;

enum verdict { GOOD, WRONG, PARTIAL };

/* Checks frames up to the first one that is not GOOD. Returns its verdict, or PARTIAL at
 * the end. Sets *done to the length of the GOOD frames. */
enum verdict go_through(const uint8_t *in, size_t length, uint64_t limit, size_t *done);

void must(bool good);

void same_counts(const struct wire_counts *counts);
