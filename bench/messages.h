/* The messages of a connection, and their expected echoes. */

#ifndef MESSAGES_H
#define MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The messages that a connection sends in turn. A message is sent again after its echo,
 * with another number in it. All frames are adjacent, so that a window is one write and
 * one comparison. */
struct messages {
    size_t count, size;     /* messages, and bytes of each payload */
    unsigned char *frames;  /* masked */
    size_t *frameAt;        /* the offset of each, and the end of the last */
    unsigned char *echoes;  /* frames of the server; payloads only, with deflate */
    size_t *echoAt;
    unsigned char (*masks)[4];
};

enum kind { TEXT, JSON, BINARY };

/* Makes messages. The size must be a multiple of 4, and at least 24 bytes. */
void compose(struct messages *messages, enum kind kind, size_t count, size_t size,
             uint32_t seed);

/* Makes messages with permessage-deflate. renew() cannot change them. */
void composeDeflated(struct messages *messages, size_t count, size_t size,
                     uint32_t seed);

/* Changes the number in a frame and in its echo. */
void renew(struct messages *messages, size_t index, uint32_t number);

/* Returns the length of the first frame of a server, or 0 if it is incomplete. */
size_t frameLength(const unsigned char *data, size_t length);

/* Whether a complete compressed frame is the echo of a message. */
bool inflatesTo(const struct messages *messages, size_t index,
                const unsigned char *frame, size_t length);

#endif
