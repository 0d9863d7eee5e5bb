/*
 * The reference for round trips at a fixed rate over many connections.
 *
 * It sends text messages in turn over its connections, one every 1/RATE s. It measures
 * each from right before send() to right after the recv() that completes its echo. It
 * sleeps in epoll_wait(), and a timerfd wakes it. The difference from its round trips is
 * what another client adds.
 *
 * Usage: paced PORT CONNECTIONS RATE SECONDS. It prints one line of JSON with times in
 * microseconds.
 */

#define _GNU_SOURCE

#include "link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { PAYLOAD = 24, ECHO = PAYLOAD + 2, FRAME = ECHO + 4, WINDOW = 256, EVENTS = 64 };

/* The messages in flight, as a ring buffer. */
struct peer {
    struct link link;
    size_t sent, received, there;
    unsigned char echo[ECHO];
    int64_t at[WINDOW];
    uint64_t number[WINDOW];
};

static int64_t *times;
static size_t measured;

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void compose(unsigned char *echo, uint64_t number)
{
    char text[PAYLOAD + 1];
    snprintf(text, sizeof text, "%0*llu", PAYLOAD, (unsigned long long)number);
    echo[0] = 0x81;
    echo[1] = PAYLOAD;
    memcpy(echo + 2, text, PAYLOAD);
}

static void sendOne(struct peer *peer, uint64_t number)
{
    unsigned char echo[ECHO], frame[FRAME];
    uint32_t mask = 0x9e3779b9u * (uint32_t)(number + 1);
    compose(echo, number);
    memcpy(frame, echo, 2);
    frame[1] |= 0x80;
    memcpy(frame + 2, &mask, 4);
    for (size_t i = 0; i < PAYLOAD; i++)
        frame[6 + i] = echo[2 + i] ^ frame[2 + i % 4];
    errno = 0;
    check(peer->sent - peer->received < WINDOW, "the server does not keep up");
    peer->number[peer->sent % WINDOW] = number;
    peer->at[peer->sent++ % WINDOW] = now();
    check(give(&peer->link, frame, FRAME) == FRAME, "send");
}

static void receiveAll(struct peer *peer)
{
    unsigned char expected[ECHO];
    for (;;) {
        ssize_t got = take(&peer->link, peer->echo + peer->there, ECHO - peer->there);
        if (got < 0)
            return;
        peer->there += (size_t)got;
        if (peer->there < ECHO)
            continue;
        peer->there = 0;
        size_t place = peer->received++ % WINDOW;
        times[measured++] = now() - peer->at[place];
        compose(expected, peer->number[place]);
        errno = 0;
        check(memcmp(peer->echo, expected, ECHO) == 0,
              "an echo differs from its message");
    }
}

static void setTimer(int timer, int64_t due)
{
    struct itimerspec setting = {
        .it_value = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000}};
    check(timerfd_settime(timer, TFD_TIMER_ABSTIME, &setting, NULL) == 0, "timerfd");
}

static int ascending(const void *one, const void *other)
{
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

int main(int count, char **arguments)
{
    check(count == 5, "usage: paced PORT CONNECTIONS RATE SECONDS");
    size_t connections = strtoul(arguments[2], NULL, 10);
    double rate = strtod(arguments[3], NULL), seconds = strtod(arguments[4], NULL);
    size_t messages = (size_t)(rate * seconds);
    check(connections > 0 && messages > 0,
          "CONNECTIONS and RATE * SECONDS must be 1 or more");
    struct peer *peers = calloc(connections, sizeof *peers);
    times = calloc(messages, sizeof *times);
    check(peers != NULL && times != NULL, "memory");

    aim((uint16_t)atoi(arguments[1]), PLAIN);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    check(poll >= 0 && timer >= 0, "epoll");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    check(epoll_ctl(poll, EPOLL_CTL_ADD, timer, &event) == 0, "epoll");
    for (size_t i = 0; i < connections; i++) {
        dial(&peers[i].link, i);
        greet(&peers[i].link);
        unblock(&peers[i].link);
        event.data.ptr = &peers[i];
        check(epoll_ctl(poll, EPOLL_CTL_ADD, peers[i].link.fd, &event) == 0, "epoll");
    }

    int64_t begun = now();
    size_t sent = 0;
    while (measured < messages) {
        struct epoll_event events[EVENTS];
        while (sent < messages) {
            int64_t due = begun + (int64_t)((double)sent * 1e9 / rate);
            if (due > now()) {
                setTimer(timer, due);
                break;
            }
            sendOne(&peers[sent % connections], sent);
            sent++;
        }
        if (sent == messages)
            setTimer(timer, 0);
        errno = 0;
        int ready = epoll_wait(poll, events, EVENTS, 5000);
        check(ready > 0, "the server does not answer");
        for (int i = 0; i < ready; i++)
            if (events[i].data.ptr != NULL)
                receiveAll(events[i].data.ptr);
    }
    for (size_t i = 0; i < connections; i++)
        hangUp(&peers[i].link);
    qsort(times, messages, sizeof *times, ascending);
    printf("{\"messages\": %zu, \"p50\": %.1f, \"p99\": %.1f}\n", messages,
           (double)times[(messages - 1) / 2] / 1000,
           (double)times[(size_t)(0.99 * (double)(messages - 1))] / 1000);
    return EXIT_SUCCESS;
}
