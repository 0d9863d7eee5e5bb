/*
 * Sockets that are read and written without a round through the reactor.
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "wire.h"

#ifdef __linux__

#include <malloc.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
    SCRATCH = 256 << 10, /* as much as is read at once */
    LONG = 4 << 20 /* bytes of a message whose memory is not worth keeping */
};

/* The memory of long messages would go back to the kernel after each, and to get it
 * again takes longer than to copy what is put there. */
static void keep_memory(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, LONG);
    mallopt(M_TRIM_THRESHOLD, 2 * LONG);
#endif
}

struct wire_pump *wire_pump_new(void)
{
    struct wire_pump *pump = calloc(1, sizeof *pump);

    if (pump == NULL)
        return NULL;
    keep_memory();
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
    wire_sent(&pump->replies);
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
    for (int i = pump->next; i < pump->told; i++)
        if (pump->ready[i] == codec)
            pump->ready[i] = NULL;
}

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Sends the replies, and notes what did not go. Returns whether all went. */
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
    /* Whatever is wrong with the socket, who tries again will find out. */
    left = sent < 0 ? 0 : (size_t)sent;
    for (int i = 0; i < 2; i++) {
        size_t went = left < parts[i].iov_len ? left : parts[i].iov_len;

        if (parts[i].iov_len == 0)
            continue;
        pump->unsent[i] = (const uint8_t *)parts[i].iov_base + went;
        pump->unsent_length[i] = parts[i].iov_len - went;
        left -= went;
    }
    return pump->unsent_length[0] + pump->unsent_length[1] == 0;
}

/* Reads: the payload of a frame that has begun goes where its reply is, what follows
 * it goes to pump->in. Returns what recv would; beside is how many bytes follow. */
static ssize_t receive(struct wire_pump *pump, struct wire_codec *codec, size_t *beside)
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
    *beside = arrived - inside;
    return arrived;
}

/* Serves one conversation. Returns whether it goes on being pumped. */
static bool serve(struct wire_pump *pump, struct wire_codec *codec)
{
    size_t beside, taken;
    ssize_t arrived = receive(pump, codec, &beside);

    if (arrived < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (arrived <= 0) {
        pump->error = arrived < 0 ? errno : 0;
        return false;
    }
    pump->replies.others = pump->out;
    taken = wire_feed(codec, pump->in, beside, &pump->replies);
    codec->pumped += taken;
    pump->rest = pump->in + taken;
    pump->rest_length = beside - taken;
    if (!send_replies(pump, codec->fd) || codec->refused)
        return false;
    wire_sent(&pump->replies);
    return true;
}

/* Asks who is ready. Of a connection that is broken, nothing is to be read: an error
 * is told only once. Returns whether there is anybody. */
static bool ask(struct wire_pump *pump)
{
    const int room = sizeof pump->ready / sizeof *pump->ready;
    struct epoll_event events[sizeof pump->ready / sizeof *pump->ready];

    pump->next = 0;
    pump->told = epoll_wait(pump->epoll, events, room, 0);
    for (int i = 0; i < pump->told; i++) {
        pump->ready[i] = events[i].data.ptr;
        pump->broken[i] = events[i].events & (EPOLLERR | EPOLLHUP);
    }
    return pump->told > 0;
}

int wire_pump_run(struct wire_pump *pump, uint64_t nanoseconds)
{
    uint64_t end = now() + nanoseconds;

    wire_sent(&pump->replies);
    do {
        while (pump->next < pump->told) {
            bool broken = pump->broken[pump->next];
            struct wire_codec *codec = pump->ready[pump->next++];

            if (codec == NULL)
                continue;
            pump->unsent_length[0] = pump->unsent_length[1] = pump->rest_length = 0;
            pump->error = 0;
            if (broken || !serve(pump, codec)) {
                wire_pump_remove(pump, codec);
                pump->back = codec;
                return 1;
            }
            codec->heard = now();
            if (codec->heard >= end)
                return 0;
        }
    } while (ask(pump));
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
