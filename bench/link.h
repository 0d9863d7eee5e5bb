/* Connections of the load generator: opening handshake, TLS, reading and writing. */

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

/* Ends the program with an error message unless good. */
void check(bool good, const char *what);

/* Sets the port and the variant. Call it first. */
void aim(uint16_t port, enum variant variant);

/* Connects, and sends the upgrade request. The number chooses a source address. */
void dial(struct link *link, size_t number);

/* Waits for the response, which must be 101. */
void greet(struct link *link);

/* Makes the socket non-blocking. */
void unblock(struct link *link);

/* Like recv() and send(): -1 if they would block. The end of the connection ends the
 * program. */
ssize_t take(struct link *link, void *data, size_t length);
ssize_t give(struct link *link, const void *data, size_t length);

/* Whether OpenSSL has buffered bytes, of which epoll does not know. */
bool holds(const struct link *link);

/* Closes with a reset, which leaves no socket in TIME_WAIT. */
void hangUp(struct link *link);

#endif
