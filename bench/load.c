/*
 * The load generator of bench/run.
 *
 * It has one thread and one epoll descriptor. It opens all connections before it
 * measures. Then each connection keeps WINDOW messages in flight for SECONDS, and every
 * byte of an echo is compared with its message. Frames are made and masked beforehand.
 * Only the number in a message changes when it is sent again. So a message costs less
 * here than in any server.
 *
 * It also measures the processor time of the server, with the CPU clocks of its
 * processes: the user and system time of /proc/PID/stat, in nanoseconds.
 *
 * Usage: load echo PORT PIDS VARIANT CONNECTIONS WINDOW KIND SIZE SECONDS
 *        load handshakes PORT PIDS VARIANT COUNT
 *        load idle PORT PIDS VARIANT COUNT
 * PIDS are separated by commas. VARIANT is plain, tls or deflate; KIND is text, json or
 * binary. It prints one line of JSON: "seconds", "server" and "load" in seconds,
 * percentiles in microseconds. "idle" then holds its connections until its input ends.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "link.h"
#include "messages.h"

enum {
    DIALLING = 32,     /* handshakes at a time */
    VARIETY = 16,      /* minimum of compressed messages of a connection */
    SCRATCH = 256 << 10,
    EVENTS = 256,
    PATIENCE = 10000,  /* milliseconds for the next echo */
    WARM = 10000,      /* messages of the warm-up: a JIT compiler needs thousands; */
                       /* of large messages there are fewer */
    PIDS = 64,
    FINE = 7,          /* significant bits of a time */
    BUCKETS = (64 - FINE + 2) << FINE
};

/* Nanoseconds of the warm-up: the minimum, and the maximum for slow messages. */
static const int64_t WARM_UP = 300000000, LONG_WARM_UP = 1000000000;

/* Nanoseconds in which a server cleans up after its connections. */
static const int64_t SETTLE = 100000000;

struct peer {
    struct link link;
    struct messages messages;
    int64_t *sentAt; /* of each message in the window */
    bool blocked;    /* the socket did not accept all bytes */
    size_t toSend;   /* the next message to send, */
    size_t sendAt;   /* the place of the next byte among the frames, */
    size_t due;      /* and the bytes to send now */
    size_t awaited;  /* the message whose echo comes next, */
    size_t place;    /* and the place of its next byte among the echoes */
    unsigned char *held; /* bytes of an incomplete compressed echo */
    size_t heldLength;
};

static unsigned char scratch[SCRATCH];
static enum variant variant;
static clockid_t clocks[PIDS];
static size_t clockCount;
static uint32_t number;
static uint64_t finished, histogram[BUCKETS];

/* Time */

static int64_t clockTime(clockid_t clock)
{
    struct timespec time;
    check(clock_gettime(clock, &time) == 0, "a clock");
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t now(void)
{
    return clockTime(CLOCK_MONOTONIC);
}

static int64_t serverTime(void)
{
    int64_t sum = 0;
    for (size_t i = 0; i < clockCount; i++)
        sum += clockTime(clocks[i]);
    return sum;
}

static void watchProcesses(char *pids)
{
    for (char *pid = strtok(pids, ","); pid != NULL; pid = strtok(NULL, ",")) {
        check(clockCount < PIDS, "too many processes");
        errno = clock_getcpuclockid((pid_t)atoi(pid), &clocks[clockCount++]);
        check(errno == 0, pid);
    }
}

/* Each power of two has 64 buckets: the error of a time is at most 1.6 %. */
static void note(int64_t time)
{
    uint64_t value = time > 0 ? (uint64_t)time : 0;
    int shift = value >> FINE == 0 ? 0 : 64 - FINE - __builtin_clzll(value);
    histogram[((size_t)shift << FINE) + (value >> shift)]++;
}

/* Returns a percentile in microseconds. */
static double percentile(double share)
{
    uint64_t rank = (uint64_t)(share * (double)finished), seen = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        seen += histogram[i];
        if (seen > rank)
            return (double)((i & ((1 << FINE) - 1)) << (i >> FINE)) / 1000;
    }
    return 0;
}

/* Messages */

static void push(struct peer *peer)
{
    size_t end = peer->messages.frameAt[peer->messages.count];
    peer->blocked = false;
    while (peer->due > 0) {
        size_t part = end - peer->sendAt < peer->due ? end - peer->sendAt : peer->due;
        ssize_t sent = give(&peer->link, peer->messages.frames + peer->sendAt, part);
        if (sent < 0) {
            peer->blocked = true;
            return;
        }
        peer->due -= (size_t)sent;
        peer->sendAt = (peer->sendAt + (size_t)sent) % end;
    }
}

static void enqueue(struct peer *peer, int64_t time)
{
    size_t index = peer->toSend;
    peer->sentAt[index] = time;
    peer->due += peer->messages.frameAt[index + 1] - peer->messages.frameAt[index];
    peer->toSend = (index + 1) % peer->messages.count;
}

/* An echo is complete: send the next message. */
static void finish(struct peer *peer, int64_t time)
{
    size_t index = peer->awaited;
    note(time - peer->sentAt[index]);
    finished++;
    peer->awaited = (index + 1) % peer->messages.count;
    if (variant != DEFLATE)
        renew(&peer->messages, index, number++);
    enqueue(peer, time);
}

static void differ(void)
{
    errno = 0;
    check(false, "an echo differs from its message");
}

/* Compares bytes with the echoes, which repeat. */
static void compare(struct peer *peer, const unsigned char *data, size_t length,
                    int64_t time)
{
    const struct messages *messages = &peer->messages;
    while (length > 0) {
        size_t left = messages->echoAt[peer->awaited + 1] - peer->place;
        size_t part = left < length ? left : length;
        if (memcmp(data, messages->echoes + peer->place, part) != 0)
            differ();
        data += part;
        length -= part;
        peer->place += part;
        if (part == left) {
            finish(peer, time);
            peer->place = messages->echoAt[peer->awaited];
        }
    }
}

/* The compressed bytes depend on the server: inflate each echo and compare it. */
static void unpack(struct peer *peer, const unsigned char *data, size_t length,
                   int64_t time)
{
    check(peer->heldLength + length <= SCRATCH, "an echo is too long");
    memcpy(peer->held + peer->heldLength, data, length);
    peer->heldLength += length;
    size_t whole;
    while ((whole = frameLength(peer->held, peer->heldLength)) > 0) {
        if (!inflatesTo(&peer->messages, peer->awaited, peer->held, whole))
            differ();
        peer->heldLength -= whole;
        memmove(peer->held, peer->held + whole, peer->heldLength);
        finish(peer, time);
    }
}

static void pull(struct peer *peer)
{
    do {
        ssize_t got = take(&peer->link, scratch, sizeof scratch);
        if (got < 0)
            return;
        (variant == DEFLATE ? unpack : compare)(peer, scratch, (size_t)got, now());
    } while (holds(&peer->link));
}

static void serve(int poller, struct peer *peer, uint32_t events)
{
    bool was = peer->blocked;
    if (events & ~(uint32_t)EPOLLOUT)
        pull(peer);
    if (peer->due > 0 && (!was || events & EPOLLOUT))
        push(peer);
    if (peer->blocked == was)
        return;
    struct epoll_event event = {.events = EPOLLIN | (peer->blocked ? EPOLLOUT : 0),
                                .data.ptr = peer};
    check(epoll_ctl(poller, EPOLL_CTL_MOD, peer->link.fd, &event) == 0, "epoll_ctl");
}

/* Connections */

/* Opens connections, DIALLING at a time, so that the server never waits for the next.
 * Unless keep, each is reset as soon as it is open. */
static void openAll(struct link *links, size_t count, bool keep)
{
    for (size_t i = 0; i < count + DIALLING; i++) {
        if (i >= DIALLING && i - DIALLING < count) {
            greet(&links[i - DIALLING]);
            if (!keep)
                hangUp(&links[i - DIALLING]);
        }
        if (i < count)
            dial(&links[i], i);
    }
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    check(memory != NULL, "memory");
    return memory;
}

static void beginPeer(int poller, struct peer *peer, size_t window)
{
    unblock(&peer->link);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    check(epoll_ctl(poller, EPOLL_CTL_ADD, peer->link.fd, &event) == 0, "epoll_ctl");
    peer->sentAt = allocate(peer->messages.count, sizeof *peer->sentAt);
    if (variant == DEFLATE)
        peer->held = allocate(1, SCRATCH);
    for (size_t i = 0; i < window; i++)
        enqueue(peer, now());
    serve(poller, peer, EPOLLOUT);
}

/* Whether the warm-up is over. */
static bool isWarm(int64_t time, uint64_t few)
{
    return finished >= few && time >= WARM_UP
           && (finished >= WARM || time >= LONG_WARM_UP);
}

static void echo(size_t count, size_t window, enum kind kind, size_t size,
                 double seconds)
{
    struct link *links = allocate(count, sizeof *links);
    struct peer *peers = allocate(count, sizeof *peers);
    for (size_t i = 0; i < count; i++) {
        if (variant == DEFLATE)
            composeDeflated(&peers[i].messages, window > VARIETY ? window : VARIETY,
                            size, (uint32_t)i + 1);
        else
            compose(&peers[i].messages, kind, window, size, (uint32_t)i + 1);
    }
    openAll(links, count, true);
    int poller = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < count; i++) {
        peers[i].link = links[i];
        beginPeer(poller, &peers[i], window);
    }

    /* Every connection sends at least one message, however long that takes. */
    const uint64_t few = 2 * count * window;
    const int64_t enough = (int64_t)(seconds * 1e9);
    int64_t time, begin = now(), own = 0, theirs = 0;
    bool counting = false;
    while (time = now() - begin, !counting || time < enough || finished < few) {
        if (!counting && isWarm(time, few)) {
            counting = true;
            begin += time;
            finished = 0;
            memset(histogram, 0, sizeof histogram);
            own = clockTime(CLOCK_PROCESS_CPUTIME_ID);
            theirs = serverTime();
        }
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(poller, events, EVENTS, PATIENCE);
        errno = 0;
        check(ready > 0, "no echo comes");
        for (int i = 0; i < ready; i++)
            serve(poller, events[i].data.ptr, events[i].events);
    }
    theirs = serverTime() - theirs;
    own = clockTime(CLOCK_PROCESS_CPUTIME_ID) - own;
    printf("{\"messages\": %lu, \"bytes\": %lu, \"seconds\": %.6f, \"server\": %.6f, "
           "\"load\": %.6f, \"p50\": %.1f, \"p99\": %.1f, \"p999\": %.1f}\n",
           finished, finished * size, (double)time / 1e9, (double)theirs / 1e9,
           (double)own / 1e9, percentile(0.5), percentile(0.99), percentile(0.999));
}

static void handshakes(size_t count)
{
    struct link *links = allocate(count, sizeof *links);
    openAll(links, count > 10 * DIALLING ? count / 10 : 1, false);
    int64_t own = clockTime(CLOCK_PROCESS_CPUTIME_ID);
    int64_t begin = now(), theirs = serverTime();
    openAll(links, count, false);
    int64_t time = now() - begin;
    own = clockTime(CLOCK_PROCESS_CPUTIME_ID) - own;
    /* The server still handles the last resets. */
    const struct timespec settle = {.tv_nsec = SETTLE};
    nanosleep(&settle, NULL);
    theirs = serverTime() - theirs;
    printf("{\"handshakes\": %zu, \"seconds\": %.6f, \"server\": %.6f, "
           "\"load\": %.6f}\n",
           count, (double)time / 1e9, (double)theirs / 1e9, (double)own / 1e9);
}

static void idle(size_t count)
{
    openAll(allocate(count, sizeof(struct link)), count, true);
    printf("{\"open\": %zu}\n", count);
    fflush(stdout);
    while (getchar() != EOF)
        continue;
}

static int choose(const char *name, const char *const names[], const char *what)
{
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    errno = 0;
    check(false, what);
    return -1;
}

int main(int count, char **arguments)
{
    static const char *const modes[] = {"echo", "handshakes", "idle", NULL};
    static const char *const variants[] = {"plain", "tls", "deflate", NULL};
    static const char *const kinds[] = {"text", "json", "binary", NULL};
    errno = 0;
    check(count > 5, "usage: load echo|handshakes|idle PORT PIDS VARIANT COUNT ...");
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    int mode = choose(arguments[1], modes, "no such mode");
    watchProcesses(arguments[3]);
    variant = (enum variant)choose(arguments[4], variants, "no such variant");
    aim((uint16_t)atoi(arguments[2]), variant);
    size_t connections = strtoul(arguments[5], NULL, 10);
    check(connections > 0, "no connections");
    if (mode == 1)
        handshakes(connections);
    else if (mode == 2)
        idle(connections);
    else {
        check(count == 10, "usage: load echo ... WINDOW KIND SIZE SECONDS");
        size_t window = strtoul(arguments[6], NULL, 10);
        size_t size = strtoul(arguments[8], NULL, 10);
        check(window > 0 && size >= 24 && size <= 16 << 20 && size % 4 == 0,
              "WINDOW must be 1 or more, SIZE a multiple of 4 from 24 bytes to 16 MiB");
        echo(connections, window, (enum kind)choose(arguments[7], kinds, "no such kind"),
             size, atof(arguments[9]));
    }
    return EXIT_SUCCESS;
}
