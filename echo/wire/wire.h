/*
 * The data path in C. For a server, simple frames become their replies; for a client,
 * messages become frames, and simple frames become messages (RFC 6455 section 5).
 *
 * A simple frame is a whole text or binary message: FIN is set, no RSV bit is set, the
 * length is encoded in as few bytes as possible and is within the limit, and text is
 * valid UTF-8. A client's frame is masked, a server's is not. The codec refuses any
 * other frame and gives its bytes back: Autobahn handles them.
 *
 * cffi reads this file too: it holds declarations only, no preprocessor lines.
 */

/* Numbers of messages, and bytes of their payloads. */
struct wire_counts {
    uint64_t texts, text_octets, binaries, binary_octets;
};

/* An incomplete UTF-8 sequence: the number of missing bytes, and the bounds of the
 * next byte. */
struct wire_utf8 {
    uint8_t due, low, high;
};

/* The state of one connection. It starts as zeroes, a limit and totals. The partial
 * frame is the one that has not arrived completely. */
struct wire_codec {
    uint64_t limit;             /* of a message, in bytes; 0 for none */
    struct wire_counts counts;  /* of this connection */
    struct wire_counts *totals; /* of all connections */
    uint8_t *reply;             /* to the partial frame, as far as it has arrived */
    uint64_t room;              /* bytes of payload that fit into reply */
    uint64_t length, have;      /* bytes of the partial frame's payload: all, arrived */
    uint64_t pumped;            /* bytes that the pump has read for this codec */
    uint64_t heard;             /* time of the pump's last read: CLOCK_MONOTONIC, ns */
    int fd;                     /* the socket, while the pump serves it */
    uint8_t head[14];           /* header of the partial frame, unchanged */
    uint8_t head_length;
    uint8_t mask_length;   /* of each frame: 4 from a client, 0 from a server */
    struct wire_utf8 utf8; /* state of the partial frame's text */
    uint8_t refused;       /* whether the current frame is not simple */
};

/* Output of wire_feed: the reply to a partial frame of an earlier call that is complete
 * now, then the replies to all later frames, one after the other. */
struct wire_replies {
    uint8_t *first; /* NULL if there is none; freed by wire_replies_free */
    size_t first_length;
    uint8_t *others;
    size_t others_length;
};

/*
 * Processes input.
 *
 * in      the bytes that arrived
 * replies replies->others has room for length bytes; the other fields are filled in
 *
 * Returns how many bytes it has taken: all, unless codec->refused is set. In that case,
 * the bytes of wire_take, followed by the bytes that were not taken, begin with a frame
 * that is not simple.
 */
size_t wire_feed(struct wire_codec *codec, const uint8_t *in, size_t length,
                 struct wire_replies *replies);

/* Where to read the next bytes of the partial frame's payload to, and how many fit:
 * 0 without a partial frame. */
uint8_t *wire_tail(struct wire_codec *codec, size_t *size);

/* Processes bytes that were read to wire_tail. Call wire_feed next. */
void wire_arrived(struct wire_codec *codec, size_t length);

/* Frees replies->first, once it is sent or copied. */
void wire_replies_free(struct wire_replies *replies);

/* Bytes of the partial frame, header included. */
size_t wire_held(const struct wire_codec *codec);

/* Writes the bytes of the partial frame as they arrived, and resets the codec. */
void wire_take(struct wire_codec *codec, uint8_t *to);

struct wire_codec *wire_codec_new(uint64_t limit, struct wire_counts *totals);

void wire_codec_free(struct wire_codec *codec);

/*
 * The client's side: a codec for a server's frames, which have no mask. wire_read
 * returns their payloads.
 */
struct wire_codec *wire_client_new(uint64_t limit, struct wire_counts *totals);

/* A message: offset and length of its payload in bytes, and its opcode (1 or 2). */
struct wire_message {
    uint64_t at, length, opcode;
};

/* Output of wire_read: the messages of one call, in order. */
struct wire_messages {
    struct wire_message *found; /* has room messages; the first count are filled in */
    size_t room, count;         /* room is 1 or more */
    uint8_t *first; /* the memory of found[0], if a partial frame of an earlier call is
                       complete now; NULL if found[0] is in the input as well */
    size_t first_length;
};

/*
 * Processes input, like wire_feed. Free messages->first afterwards, with
 * wire_read_free.
 *
 * Returns how many bytes it has taken. If it has not taken all, codec->refused is set,
 * or messages->count is messages->room: in that case, call it again with the rest.
 */
size_t wire_read(struct wire_codec *codec, const uint8_t *in, size_t length,
                 struct wire_messages *messages);

void wire_read_free(struct wire_messages *messages);

/*
 * Writes a client's frames, one after the other.
 *
 * first     the first byte of each frame: FIN, RSV and opcode
 * payloads  all payloads, one after the other
 * lengths   their lengths
 * count     their number
 * masks     four bytes a frame
 * out       has room for the payloads and 14 bytes a frame
 *
 * Returns how many bytes it has written.
 */
size_t wire_write(uint8_t first, const uint8_t *payloads, const uint64_t *lengths,
                  size_t count, const uint8_t *masks, uint8_t *out);

/*
 * The pump reads sockets, answers simple frames and writes the replies without a turn
 * of the reactor. It returns a connection to Python when a frame is not simple, the
 * peer does not take its replies, or the connection has ended.
 */
struct wire_pump {
    int epoll;        /* readable when a socket is ready */
    uint8_t *in, *out;
    /* The ready sockets of the last epoll_wait, whether each connection is broken, and
     * the index of the next one to serve. */
    struct wire_codec *ready[256];
    uint8_t broken[256];
    int ready_count, next;
    /* The returned connection: unsent replies (two parts, in order), bytes that arrived
     * and were not taken, and the errno of a failed read. */
    struct wire_codec *returned;
    struct wire_replies replies;
    const uint8_t *unsent[2];
    size_t unsent_length[2];
    const uint8_t *rest;
    size_t rest_length;
    int error;
};

/* NULL, with errno set, without memory or epoll. */
struct wire_pump *wire_pump_new(void);

void wire_pump_free(struct wire_pump *pump);

/* Starts to serve a connection. Returns 0 or an errno. */
int wire_pump_add(struct wire_pump *pump, struct wire_codec *codec, int fd);

/* Stops serving a connection. */
void wire_pump_remove(struct wire_pump *pump, struct wire_codec *codec);

/*
 * Serves ready connections until none is ready or the time is up.
 *
 * Returns 1 if it returns a connection, in the fields of the pump. They are valid until
 * the next call, and the pump no longer serves that connection.
 */
int wire_pump_run(struct wire_pump *pump, uint64_t nanoseconds);
