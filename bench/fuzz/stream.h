/*
 * What both targets have in common: streams that are made of the input of the fuzzer,
 * and a naive idea of what should become of them, which is not instrumented. Include
 * wire.h before.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef LONG
enum { ROOM = 1 << 20 }; /* for messages of hundreds of KiB, too */
#else
enum { ROOM = 16 << 10 };
#endif

/* The input of the fuzzer; what is beyond its end is zero. */
struct input {
    const uint8_t *at;
    size_t left;
};

uint8_t next_byte(struct input *input);

struct stream {
    uint8_t bytes[ROOM];
    size_t length;
};

/* Whether the streams are those of a server: its frames have no mask. */
extern bool from_server;

/* Frames and raw bytes, as the input says. */
void make_stream(struct stream *stream, struct input input);

/* The longest message that is plain, from one byte: none, small, or about a border. */
uint64_t make_limit(uint8_t byte);

/* Replies that are right, and what they count. */
struct expected {
    uint8_t replies[ROOM];
    size_t length;
    struct wire_counts counts;
};

extern struct expected expected;

enum verdict { GOOD, WRONG, PARTIAL };

/* Goes through frames until one is not good. Returns what it is, or PARTIAL at the
 * end; *done is how many bytes were good. */
enum verdict go_through(const uint8_t *in, size_t length, uint64_t limit, size_t *done);

void must(bool good);

void same_counts(const struct wire_counts *counts);
