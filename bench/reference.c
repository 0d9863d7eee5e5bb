/*
 * The reference for round trips: a minimal client.
 *
 * It sends text message after text message on one connection. It measures each from
 * right before send() to right after the recv() that completes its echo: the time of
 * network, kernel and server. The difference from its round trips is what another client
 * adds.
 *
 * Usage: reference PORT MESSAGES SIZE. It prints one line of JSON with times in
 * microseconds.
 */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER_LIMIT = 10, LARGEST = 16 << 20 };

static void check(bool good, const char *what)
{
    if (good)
        return;
    if (errno != 0)
        perror(what);
    else
        fprintf(stderr, "%s\n", what);
    exit(EXIT_FAILURE);
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void sendAll(int fd, const unsigned char *data, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);
        check(sent > 0, "send");
        data += sent;
        length -= (size_t)sent;
    }
}

static void receiveAll(int fd, unsigned char *data, size_t length)
{
    while (length > 0) {
        ssize_t got = recv(fd, data, length, 0);
        check(got > 0, "the server hung up");
        data += got;
        length -= (size_t)got;
    }
}

static int dial(uint16_t port)
{
    const int yes = 1;
    const struct timeval patience = {.tv_sec = 10};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    check(fd >= 0, "socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    check(connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connect");
    return fd;
}

/* Key and accept value are those of RFC 6455, section 1.3. */
static void shakeHands(int fd, uint16_t port)
{
    char text[4096];
    int length = snprintf(text, sizeof text,
                          "GET /socket HTTP/1.1\r\n"
                          "Host: 127.0.0.1:%d\r\n"
                          "Upgrade: websocket\r\n"
                          "Connection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                          "Sec-WebSocket-Version: 13\r\n\r\n",
                          port);
    sendAll(fd, (unsigned char *)text, (size_t)length);
    size_t there = 0;
    text[0] = '\0';
    while (strstr(text, "\r\n\r\n") == NULL) {
        check(there + 1 < sizeof text, "the head of the answer is too long");
        /* Byte by byte, to leave the first frame in the socket. */
        receiveAll(fd, (unsigned char *)text + there, 1);
        text[++there] = '\0';
    }
    check(strncmp(text, "HTTP/1.1 101 ", 13) == 0
              && strstr(text, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != NULL,
          "the handshake is refused");
}

/* Writes a header without mask; returns its length. */
static size_t writeHeader(unsigned char *header, size_t length)
{
    header[0] = 0x81;
    if (length < 126) {
        header[1] = (unsigned char)length;
        return 2;
    }
    size_t extended = length < 65536 ? 2 : 8;
    header[1] = extended == 2 ? 126 : 127;
    for (size_t i = 0; i < extended; i++)
        header[2 + i] = (unsigned char)(length >> 8 * (extended - 1 - i));
    return 2 + extended;
}

static int ascending(const void *one, const void *other)
{
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

int main(int count, char **arguments)
{
    check(count == 4, "usage: reference PORT MESSAGES SIZE");
    uint16_t port = (uint16_t)atoi(arguments[1]);
    size_t messages = strtoul(arguments[2], NULL, 10);
    size_t size = strtoul(arguments[3], NULL, 10);
    check(messages > 0 && size <= LARGEST,
          "MESSAGES must be 1 or more, SIZE at most 16 MiB");

    unsigned char *frame = malloc(HEADER_LIMIT + 4 + size);
    unsigned char *expected = malloc(HEADER_LIMIT + size + 1);
    unsigned char *echo = malloc(HEADER_LIMIT + size);
    int64_t *times = calloc(messages, sizeof *times);
    check(frame != NULL && expected != NULL && echo != NULL && times != NULL, "memory");

    /* The expected frame is a header and digits; the sent frame has a mask, too. */
    size_t header = writeHeader(expected, size), whole = header + size;
    memcpy(frame, expected, header);
    frame[1] |= 0x80;
    char number[24];
    int fd = dial(port);
    shakeHands(fd, port);
    for (size_t n = 0; n < messages; n++) {
        int digits = snprintf(number, sizeof number, "%020zu", n);
        for (size_t i = 0; i < size; i++)
            expected[whole - 1 - i] = i < 20 ? number[digits - 1 - (int)i] : '0';
        uint32_t mask = 0x9e3779b9u * (uint32_t)(n + 1);
        memcpy(frame + header, &mask, 4);
        for (size_t i = 0; i < size; i++)
            frame[header + 4 + i] = expected[header + i] ^ frame[header + i % 4];

        int64_t before = now();
        sendAll(fd, frame, whole + 4);
        receiveAll(fd, echo, whole);
        times[n] = now() - before;

        errno = 0;
        check(memcmp(echo, expected, whole) == 0, "an echo differs from its message");
    }
    close(fd);

    qsort(times, messages, sizeof *times, ascending);
    const struct {
        const char *name;
        double share;
    } ranks[] = {{"min", 0}, {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}};
    printf("{\"messages\": %zu, \"size\": %zu", messages, size);
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        size_t rank = (size_t)(ranks[i].share * (double)(messages - 1));
        printf(", \"%s\": %.1f", ranks[i].name, (double)times[rank] / 1000);
    }
    printf("}\n");
    return EXIT_SUCCESS;
}
