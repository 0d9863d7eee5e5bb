/* A connection of the load generator, up to the end of its handshake. */

#ifndef LINK_H
#define LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum variant { PLAIN, TLS, DEFLATE };

struct link {
    int fd;
    void *tls; /* an SSL, or NULL */
};

/* Ends the program, with what went wrong. */
void check(bool good, const char *what);

/* Where to connect to, and how: before all that follows. */
void aim(uint16_t port, enum variant variant);

/* Connects, and asks for the upgrade. The number chooses a source address. */
void dial(struct link *link, size_t number);

/* Waits for the answer, which must be yes. */
void greet(struct link *link);

/* From now on nothing waits. */
void unblock(struct link *link);

/* Like recv() and send(): -1 if there is nothing to be had, or no room. A hang-up
 * ends the program. */
ssize_t take(struct link *link, void *data, size_t length);
ssize_t give(struct link *link, const void *data, size_t length);

/* Whether there is more to take, which epoll knows nothing of. */
bool holds(const struct link *link);

/* Closes by a reset: nothing is left in TIME_WAIT. */
void hangUp(struct link *link);

#endif
