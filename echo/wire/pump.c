/*
 * The pump: reads and writes sockets without a turn of the reactor.
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "wire.h"

#ifdef __linux__

#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { SCRATCH = 256 << 10 /* bytes of one read at most */ };

struct wire_pump *wire_pump_new(void)
{
    struct wire_pump *pump = calloc(1, sizeof *pump);

    if (pump == NULL)
        return NULL;
    pump->in = malloc(SCRATCH);
    pump->out = malloc(SCRATCH);
    pump->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (pump->in == NULL || pump->out == NULL || pump->epoll < 0) {
        wire_pump_free(pump);
        return NULL;
    }
    return pump;
}

void wire_pump_free(struct wire_pump *pump)
{
    if (pump->epoll >= 0)
        close(pump->epoll);
    wire_replies_free(&pump->replies);
    free(pump->in);
    free(pump->out);
    free(pump);
}

int wire_pump_add(struct wire_pump *pump, struct wire_codec *codec, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = codec};

    codec->fd = fd;
    return epoll_ctl(pump->epoll, EPOLL_CTL_ADD, fd, &event) ? errno : 0;
}

void wire_pump_remove(struct wire_pump *pump, struct wire_codec *codec)
{
    epoll_ctl(pump->epoll, EPOLL_CTL_DEL, codec->fd, NULL);
    for (int i = pump->next; i < pump->ready_count; i++)
        if (pump->ready[i] == codec)
            pump->ready[i] = NULL;
}

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Sends the replies, and notes the unsent rest. Returns whether all are sent. */
static bool send_replies(struct wire_pump *pump, int fd)
{
    struct wire_replies *replies = &pump->replies;
    struct iovec parts[2] = {
        {replies->first, replies->first_length},
        {replies->others, replies->others_length},
    };
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t sent;
    size_t left;

    if (replies->first_length + replies->others_length == 0)
        return true;
    if (replies->first_length == 0)
        sent = send(fd, replies->others, replies->others_length, MSG_NOSIGNAL);
    else
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    /* After an error, all replies count as unsent. Twisted writes them, and handles
     * the error. */
    left = sent < 0 ? 0 : (size_t)sent;
    for (int i = 0; i < 2; i++) {
        size_t done = left < parts[i].iov_len ? left : parts[i].iov_len;

        if (parts[i].iov_len == 0)
            continue;
        pump->unsent[i] = (const uint8_t *)parts[i].iov_base + done;
        pump->unsent_length[i] = parts[i].iov_len - done;
        left -= done;
    }
    return pump->unsent_length[0] + pump->unsent_length[1] == 0;
}

/* Reads. The payload of a partial frame goes directly into its reply, the bytes after
 * that frame go to pump->in. Returns the result of recv, and the bytes of pump->in in
 * count. */
static ssize_t receive(struct wire_pump *pump, struct wire_codec *codec, size_t *count)
{
    struct iovec parts[2] = {{NULL, 0}, {pump->in, SCRATCH}};
    ssize_t arrived;
    size_t inside;

    parts[0].iov_base = wire_tail(codec, &parts[0].iov_len);
    if (parts[0].iov_len == 0)
        arrived = recv(codec->fd, pump->in, SCRATCH, 0);
    else
        arrived = readv(codec->fd, parts, 2);
    if (arrived <= 0)
        return arrived;
    inside = (size_t)arrived < parts[0].iov_len ? (size_t)arrived : parts[0].iov_len;
    if (inside > 0)
        wire_arrived(codec, inside);
    codec->pumped += inside;
    *count = arrived - inside;
    return arrived;
}

/* Serves one connection. Returns false if the pump has to return it. */
static bool serve(struct wire_pump *pump, struct wire_codec *codec)
{
    size_t count, taken;
    ssize_t arrived = receive(pump, codec, &count);

    if (arrived < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (arrived <= 0) {
        pump->error = arrived < 0 ? errno : 0;
        return false;
    }
    pump->replies.others = pump->out;
    taken = wire_feed(codec, pump->in, count, &pump->replies);
    codec->pumped += taken;
    pump->rest = pump->in + taken;
    pump->rest_length = count - taken;
    if (!send_replies(pump, codec->fd) || codec->refused)
        return false;
    wire_replies_free(&pump->replies);
    return true;
}

/* Asks the kernel for ready sockets. Returns whether there are any. Nothing is read
 * from a broken connection: the kernel reports an error only once, and Twisted needs
 * it. */
static bool find_ready(struct wire_pump *pump)
{
    const int room = sizeof pump->ready / sizeof *pump->ready;
    struct epoll_event events[sizeof pump->ready / sizeof *pump->ready];

    pump->next = 0;
    pump->ready_count = epoll_wait(pump->epoll, events, room, 0);
    for (int i = 0; i < pump->ready_count; i++) {
        pump->ready[i] = events[i].data.ptr;
        pump->broken[i] = events[i].events & (EPOLLERR | EPOLLHUP);
    }
    return pump->ready_count > 0;
}

int wire_pump_run(struct wire_pump *pump, uint64_t nanoseconds)
{
    uint64_t end = now() + nanoseconds;

    wire_replies_free(&pump->replies);
    do {
        while (pump->next < pump->ready_count) {
            bool broken = pump->broken[pump->next];
            struct wire_codec *codec = pump->ready[pump->next++];

            if (codec == NULL)
                continue;
            pump->unsent_length[0] = pump->unsent_length[1] = pump->rest_length = 0;
            pump->error = 0;
            if (broken || !serve(pump, codec)) {
                wire_pump_remove(pump, codec);
                pump->returned = codec;
                return 1;
            }
            codec->heard = now();
            if (codec->heard >= end)
                return 0;
        }
    } while (find_ready(pump));
    return 0;
}

#else

struct wire_pump *wire_pump_new(void)
{
    errno = ENOSYS;
    return NULL;
}

void wire_pump_free(struct wire_pump *pump)
{
    free(pump);
}

int wire_pump_add(struct wire_pump *pump, struct wire_codec *codec, int fd)
{
    (void)pump, (void)codec, (void)fd;
    return ENOSYS;
}

void wire_pump_remove(struct wire_pump *pump, struct wire_codec *codec)
{
    (void)pump, (void)codec;
}

int wire_pump_run(struct wire_pump *pump, uint64_t nanoseconds)
{
    (void)pump, (void)nanoseconds;
    return 0;
}

#endif
