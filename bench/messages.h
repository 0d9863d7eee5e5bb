/* The messages of a connection: as they are sent, and as they must come back. */

#ifndef MESSAGES_H
#define MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a connection sends, over and over: each message again only when its echo was
 * seen, and with another number in it. All frames lie one behind the other, so that
 * a whole window is one write and one comparison. */
struct messages {
    size_t count, size;     /* messages, and the bytes of a payload */
    unsigned char *frames;  /* masked */
    size_t *frameAt;        /* where each begins; and the end of the last */
    unsigned char *echoes;  /* frames of the server; payloads only, if deflated */
    size_t *echoAt;
    unsigned char (*masks)[4];
};

enum kind { TEXT, JSON, BINARY };

/* The size must be a multiple of 4, and at least 24 bytes. */
void compose(struct messages *messages, enum kind kind, size_t count, size_t size,
             uint32_t seed);

/* The same in permessage-deflate. These are not changed by renew(). */
void composeDeflated(struct messages *messages, size_t count, size_t size,
                     uint32_t seed);

/* Gives a message another number, in the frame and in its echo. */
void renew(struct messages *messages, size_t index, uint32_t number);

/* The bytes of the first frame of a server, or 0 as long as they are not all there. */
size_t frameLength(const unsigned char *data, size_t length);

/* Whether a compressed frame, all of it, is the echo of that message. */
bool inflatesTo(const struct messages *messages, size_t index,
                const unsigned char *frame, size_t length);

#endif
