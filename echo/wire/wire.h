/*
 * The data path in C: plain frames become their replies, and for a client, messages
 * (RFC 6455 section 5).
 *
 * A frame is plain if it is a whole text or binary message: final, without RSV bits,
 * its length in as few bytes as can be and within the limit, its text UTF-8; masked
 * if it is a client's, and not if it is a server's. Whatever else arrives is left alone, for somebody who
 * knows what to do with it: a codec refuses it, and gives the bytes back.
 *
 * cffi reads this file, too: it has declarations only, no preprocessor lines.
 */

/* Messages that were answered, and the bytes of their payload. */
struct wire_counts {
    uint64_t texts, text_octets, binaries, binary_octets;
};

/* How much of a UTF-8 sequence is still to come: so many bytes, and the next one
 * within these bounds. */
struct wire_utf8 {
    uint8_t due, low, high;
};

/* What one conversation needs. Zeroes, a limit and totals begin it. */
struct wire_codec {
    uint64_t limit;             /* of a message, in bytes; 0 for none */
    struct wire_counts counts;  /* of this conversation */
    struct wire_counts *totals; /* of all of them */
    uint8_t *reply;             /* to the frame that has begun, as far as it goes */
    uint64_t room;              /* bytes of payload that it has room for */
    uint64_t length, have;      /* bytes of payload: in all, and here by now */
    uint64_t pumped;            /* bytes that the pump has taken in */
    uint64_t heard;             /* when it read the last of them: CLOCK_MONOTONIC, ns */
    int fd;                     /* of the socket, while it is pumped */
    uint8_t head[14];           /* of the frame that has begun, as it came */
    uint8_t head_length;
    uint8_t mask_length;   /* of each frame: 4 if a client sends it, 0 if a server */
    struct wire_utf8 utf8; /* where its text stands */
    uint8_t refused;       /* whether it has turned out not to be plain */
};

/* What is to be sent: the reply to a frame that had begun before, if it is complete
 * now, and then those to all others, one after the other. */
struct wire_replies {
    uint8_t *first; /* NULL if there is none; until wire_sent */
    size_t first_length;
    uint8_t *others;
    size_t others_length;
};

/*
 * Goes through what has arrived.
 *
 * in      what has arrived
 * replies replies->others has room for as many bytes; the rest is filled in
 *
 * Returns how many bytes it has taken: all, unless codec->refused is set. What
 * wire_take gives, and the bytes that were not taken, begin with a frame that is not
 * plain then.
 */
size_t wire_feed(struct wire_codec *codec, const uint8_t *in, size_t length,
                 struct wire_replies *replies);

/* Where the next bytes of a frame that has begun can be read to, and how many: none
 * if there is no such frame. */
uint8_t *wire_tail(struct wire_codec *codec, size_t *size);

/* So many were, as they came: goes on with them. wire_feed is next. */
void wire_arrived(struct wire_codec *codec, size_t length);

/* The replies are sent, or copied. */
void wire_sent(struct wire_replies *replies);

/* How many bytes there are of a frame that has begun, header and all. */
size_t wire_held(const struct wire_codec *codec);

/* Writes these bytes as they came, and forgets them, and what was wrong with them. */
void wire_take(struct wire_codec *codec, uint8_t *to);

struct wire_codec *wire_codec_new(uint64_t limit, struct wire_counts *totals);

void wire_codec_free(struct wire_codec *codec);

/*
 * The client's side: a codec that reads what a server sends. Its plain frames have no
 * mask. It gives their payloads, and no replies.
 */
struct wire_codec *wire_client_new(uint64_t limit, struct wire_counts *totals);

/* A message: where its payload begins, its bytes, and its opcode (1 or 2). */
struct wire_message {
    uint64_t at, length, opcode;
};

/* The messages of one call of wire_read, in their order. */
struct wire_messages {
    struct wire_message *found; /* room for so many; the first count are filled in */
    size_t room, count;         /* room is 1 or more */
    uint8_t *first; /* if a frame that had begun before is complete now, the block that
                       found[0] is in; else NULL, and found[0] is in the input, too */
    size_t first_length;
};

/*
 * Goes through what has arrived, like wire_feed. Free messages->first afterwards, with
 * wire_read_free.
 *
 * Returns how many bytes it has taken. If these are not all, codec->refused is set, or
 * messages->count is messages->room: then call again with the rest.
 */
size_t wire_read(struct wire_codec *codec, const uint8_t *in, size_t length,
                 struct wire_messages *messages);

void wire_read_free(struct wire_messages *messages);

/*
 * Writes a client's frames, one after the other.
 *
 * first     the first byte of each: FIN, RSV and opcode
 * payloads  one after the other, their lengths, and how many there are
 * masks     four bytes for each
 * out       has room for 14 bytes a frame beside the payloads
 *
 * Returns how many bytes it has written.
 */
size_t wire_write(uint8_t first, const uint8_t *payloads, const uint64_t *lengths,
                  size_t count, const uint8_t *masks, uint8_t *out);

/*
 * The pump: reads, answers and writes by itself, for conversations that are plain
 * and whose peers take what is sent to them.
 */
struct wire_pump {
    int epoll;        /* readable if there is something to do */
    uint8_t *in, *out;
    /* Who is ready, as far as was told last; whether their connections are broken;
     * and who of them is next. */
    struct wire_codec *ready[256];
    uint8_t broken[256];
    int told, next;
    /* What is given back: the conversation, replies that did not go (one part after
     * the other), bytes that arrived and were not taken, and what reading failed
     * with. */
    struct wire_codec *back;
    struct wire_replies replies;
    const uint8_t *unsent[2];
    size_t unsent_length[2];
    const uint8_t *rest;
    size_t rest_length;
    int error;
};

/* NULL, and errno, where there can be none. */
struct wire_pump *wire_pump_new(void);

void wire_pump_free(struct wire_pump *pump);

/* Has a conversation pumped. Returns 0, or what is wrong. */
int wire_pump_add(struct wire_pump *pump, struct wire_codec *codec, int fd);

/* Has it pumped no longer. */
void wire_pump_remove(struct wire_pump *pump, struct wire_codec *codec);

/*
 * Pumps until there is nothing to do for now, or no time.
 *
 * Returns 1 if it gives a conversation back, in the fields of the pump. It is not
 * pumped any longer then; what is in there is good until the next call.
 */
int wire_pump_run(struct wire_pump *pump, uint64_t nanoseconds);
