/*
 * The floor: a minimal WebSocket echo server. The processor time of other servers above
 * it is the price of their features.
 *
 * It has one thread and one epoll descriptor, and one read and one write for all bytes
 * that are ready. It has no origin check, no timers, no UTF-8 validation, and no limit
 * but that of a frame. It echoes fragments as fragments.
 *
 * Usage: floor [PORT]. It listens on 127.0.0.1, and prints its port.
 */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEAD_LIMIT = 8192,
    HEADER_LIMIT = 14, /* of a frame: 2 bytes, 8 of length, 4 of mask */
    FRAME_LIMIT = 64 << 20,
    SCRATCH = 256 << 10,
    BLOCK = 32, /* bytes unmasked at a time */
    EVENTS = 256,
    KEY = 24 /* characters of Sec-WebSocket-Key */
};

enum opcode { CLOSE = 8, PING = 9, PONG = 10 };

/* An idle connection has no buffers: a complete frame is read, and its echo written, in
 * the scratch buffer. */
struct connection {
    int fd;
    bool open;               /* the handshake is done */
    bool closing;            /* the close frame is sent or queued */
    unsigned char *in;       /* the beginning of a head or a frame */
    size_t inLength, inSize; /* bytes in it, bytes allocated */
    unsigned char *out;      /* bytes that the socket did not accept */
    size_t outLength, outSent;
};

static unsigned char scratch[SCRATCH];
static int poller;

/* Ends the program if a system call fails that does not fail on a sound machine. */
static void check(bool good, const char *what)
{
    if (good)
        return;
    perror(what);
    exit(EXIT_FAILURE);
}

/* SHA-1 and base64, for Sec-WebSocket-Accept */

static uint32_t rotate(uint32_t word, int bits)
{
    return word << bits | word >> (32 - bits);
}

static void sha1Block(uint32_t state[5], const unsigned char block[64])
{
    uint32_t words[80];
    for (int i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16
                   | (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 80; i++)
        words[i] =
            rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int i = 0; i < 80; i++) {
        uint32_t mix;
        if (i < 20)
            mix = ((b & c) | (~b & d)) + 0x5a827999;
        else if (i < 40)
            mix = (b ^ c ^ d) + 0x6ed9eba1;
        else if (i < 60)
            mix = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
        else
            mix = (b ^ c ^ d) + 0xca62c1d6;
        uint32_t next = rotate(a, 5) + mix + e + words[i];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

/* Writes the 28 characters of Sec-WebSocket-Accept, and a NUL. */
static void acceptKey(const char *key, char accept[29])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t length = KEY + sizeof guid - 1;
    /* 60 bytes, the padding and the number of bits: two blocks. */
    unsigned char text[128] = {0};
    memcpy(text, key, KEY);
    memcpy(text + KEY, guid, sizeof guid - 1);
    text[length] = 0x80;
    text[126] = (unsigned char)(length * 8 >> 8);
    text[127] = (unsigned char)(length * 8);
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    sha1Block(state, text);
    sha1Block(state, text + 64);

    unsigned char digest[21] = {0}; /* 20 bytes, and one to fill the last triple */
    for (int i = 0; i < 20; i++)
        digest[i] = (unsigned char)(state[i / 4] >> (24 - i % 4 * 8));
    for (int i = 0; i < 7; i++) {
        uint32_t triple = (uint32_t)digest[3 * i] << 16
                          | (uint32_t)digest[3 * i + 1] << 8 | digest[3 * i + 2];
        for (int j = 0; j < 4; j++)
            accept[4 * i + j] = digits[triple >> (18 - 6 * j) & 63];
    }
    accept[27] = '=';
    accept[28] = '\0';
}

/* Output */

static void watch(struct connection *connection, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = connection};
    check(epoll_ctl(poller, EPOLL_CTL_MOD, connection->fd, &event) == 0, "epoll_ctl");
}

/* Sends bytes, and buffers what the socket does not accept. While bytes are buffered,
 * the connection is not read: so a client that does not read cannot fill the memory.
 * Returns false if the connection is broken. */
static bool put(struct connection *connection, const void *data, size_t length)
{
    size_t gone = 0;
    if (connection->outLength == 0) {
        ssize_t sent = send(connection->fd, data, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return false;
        gone = sent < 0 ? 0 : (size_t)sent;
        if (gone == length)
            return true;
        watch(connection, EPOLLOUT);
    }
    size_t left = length - gone;
    connection->out = realloc(connection->out, connection->outLength + left);
    check(connection->out != NULL, "realloc");
    memcpy(connection->out + connection->outLength, (const char *)data + gone, left);
    connection->outLength += left;
    return true;
}

/* Sends buffered bytes. Returns false if the caller must drop the connection. */
static bool flush(struct connection *connection)
{
    size_t left = connection->outLength - connection->outSent;
    ssize_t sent =
        send(connection->fd, connection->out + connection->outSent, left, MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EAGAIN;
    connection->outSent += (size_t)sent;
    if ((size_t)sent < left)
        return true;
    free(connection->out);
    connection->out = NULL;
    connection->outLength = connection->outSent = 0;
    watch(connection, EPOLLIN);
    return !connection->closing;
}

/* Input */

/* Input and output in one buffer: the output is written from the front over parsed
 * input. It fits, because an echo is 4 bytes shorter than its frame. */
struct work {
    unsigned char *data;
    size_t length;
    size_t taken;
    size_t made;
    size_t need; /* bytes of the next frame, or of its head */
};

static bool upgrade(struct connection *connection, struct work *work)
{
    static const char name[] = "\r\nSec-WebSocket-Key:";
    work->need = HEAD_LIMIT;
    const unsigned char *end = memmem(work->data, work->length, "\r\n\r\n", 4);
    if (end == NULL)
        return work->length < HEAD_LIMIT;
    work->taken = (size_t)(end - work->data) + 4;
    work->data[work->taken - 1] = '\0';
    const char *key = strcasestr((const char *)work->data, name);
    if (key == NULL)
        return false;
    key += sizeof name - 1;
    key += strspn(key, " \t");
    if (strcspn(key, " \t\r") != KEY)
        return false;
    char accept[29], answer[160];
    acceptKey(key, accept);
    int length = snprintf(answer, sizeof answer,
                          "HTTP/1.1 101 Switching Protocols\r\n"
                          "Upgrade: websocket\r\n"
                          "Connection: Upgrade\r\n"
                          "Sec-WebSocket-Accept: %s\r\n\r\n",
                          accept);
    connection->open = true;
    return put(connection, answer, (size_t)length);
}

/* Unmasks a payload into the output, which does not lie behind it. Each block is read
 * before it is written, so that compilers use vector instructions. */
static void unmask(unsigned char *to, const unsigned char *from, size_t length,
                   const unsigned char mask[4])
{
    uint32_t key, block[BLOCK / 4];
    memcpy(&key, mask, 4);
    size_t i = 0;
    for (; i + BLOCK <= length; i += BLOCK) {
        memcpy(block, from + i, BLOCK);
        for (int j = 0; j < BLOCK / 4; j++)
            block[j] ^= key;
        memcpy(to + i, block, BLOCK);
    }
    for (; i < length; i++)
        to[i] = from[i] ^ mask[i % 4];
}

/* Answers the next frame. Takes nothing if the frame is incomplete. Returns false if no
 * client may send the frame. */
static bool echo(struct connection *connection, struct work *work)
{
    unsigned char *frame = work->data + work->taken;
    size_t there = work->length - work->taken;
    work->need = work->taken + HEADER_LIMIT;
    if (there < 2)
        return true;
    unsigned char first = frame[0];
    uint64_t length = frame[1] & 0x7f;
    bool control = (first & 8) != 0;
    size_t extended = length == 127 ? 8 : length == 126 ? 2 : 0;
    size_t header = 2 + extended + 4;
    if ((first & 0x70) != 0 || (frame[1] & 0x80) == 0 || (control && length > 125))
        return false;
    if (there < header)
        return true;
    if (extended > 0)
        length = 0;
    for (size_t i = 0; i < extended; i++)
        length = length << 8 | frame[2 + i];
    if (length > FRAME_LIMIT)
        return false;
    work->need = work->taken + header + length;
    if (work->length < work->need)
        return true;
    work->taken = work->need;
    if ((first & 15) == PONG)
        return true;
    if ((first & 15) == PING)
        first = 0x80 | PONG;
    connection->closing = (first & 15) == CLOSE;

    unsigned char mask[4], *answer = work->data + work->made;
    memcpy(mask, frame + header - 4, 4);
    memmove(answer, frame, header - 4);
    answer[0] = first;
    answer[1] &= 0x7f;
    unmask(answer + header - 4, frame + header, length, mask);
    work->made += header - 4 + length;
    return true;
}

/* Buffers an incomplete frame, with room for the rest of it. */
static void keep(struct connection *connection, const struct work *work)
{
    size_t left = work->length - work->taken;
    if (left == 0) {
        free(connection->in);
        connection->in = NULL;
        connection->inLength = connection->inSize = 0;
        return;
    }
    size_t size = work->need - work->taken;
    if (connection->in != NULL)
        memmove(connection->in, work->data + work->taken, left);
    if (size > connection->inSize) {
        unsigned char *grown = realloc(connection->in, size);
        check(grown != NULL, "realloc");
        if (connection->in == NULL)
            memcpy(grown, work->data + work->taken, left);
        connection->in = grown;
        connection->inSize = size;
    }
    connection->inLength = left;
}

/* Reads once, and answers all complete frames. Returns false if the caller must drop the
 * connection. */
static bool receive(struct connection *connection)
{
    struct work work = {.data = scratch};
    size_t size = sizeof scratch, old = connection->inLength;
    if (connection->in != NULL) {
        work.data = connection->in;
        size = connection->inSize;
    }
    ssize_t got = recv(connection->fd, work.data + old, size - old, 0);
    if (got <= 0)
        return got < 0 && errno == EAGAIN;
    work.length = old + (size_t)got;
    if (!connection->open && !upgrade(connection, &work))
        return false;
    size_t before = SIZE_MAX;
    while (connection->open && !connection->closing && before != work.taken) {
        before = work.taken;
        if (!echo(connection, &work))
            return false;
    }
    if (work.made > 0 && !put(connection, work.data, work.made))
        return false;
    keep(connection, &work);
    return !connection->closing || connection->outLength > 0;
}

/* Connections */

static void greet(int listener)
{
    const int yes = 1;
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        struct connection *connection = calloc(1, sizeof *connection);
        check(connection != NULL, "calloc");
        connection->fd = fd;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        check(epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
    }
    check(errno == EAGAIN || errno == ECONNABORTED, "accept");
}

static void drop(struct connection *connection)
{
    close(connection->fd);
    free(connection->in);
    free(connection->out);
    free(connection);
}

static int listenOn(uint16_t port)
{
    const int yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    check(listener >= 0, "socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    check(bind(listener, (struct sockaddr *)&address, length) == 0, "bind");
    check(listen(listener, SOMAXCONN) == 0, "listen");
    check(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "port");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(int count, char **arguments)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    /* Keep the memory of large messages for the next ones. */
    mallopt(M_MMAP_THRESHOLD, FRAME_LIMIT / 2);
    mallopt(M_TRIM_THRESHOLD, FRAME_LIMIT);

    int listener = listenOn(count > 1 ? (uint16_t)atoi(arguments[1]) : 0);
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    check(epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) == 0, "epoll_ctl");
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(poller, events, EVENTS, -1);
        check(ready >= 0 || errno == EINTR, "epoll_wait");
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            if (connection == NULL)
                greet(listener);
            else if (!(connection->outLength > 0 ? flush : receive)(connection))
                drop(connection);
        }
    }
}
