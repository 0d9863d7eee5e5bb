#define _GNU_SOURCE

#include "link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#ifdef WITH_TLS
#include <openssl/ssl.h>
#endif

enum {
    PATIENCE = 20,             /* seconds */
    CONNECTIONS_A_HOST = 8192, /* an address has about 28,000 source ports */
    HEAD_LIMIT = 4096
};

static struct sockaddr_in target;
static char request[512];
static size_t requestLength;
static bool deflated;
#ifdef WITH_TLS
static SSL_CTX *context;
#endif

void check(bool good, const char *what)
{
    if (good)
        return;
    if (errno != 0)
        perror(what);
    else
        fprintf(stderr, "%s\n", what);
    exit(EXIT_FAILURE);
}

void aim(uint16_t port, enum variant variant)
{
    target.sin_family = AF_INET;
    target.sin_port = htons(port);
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    deflated = variant == DEFLATE;
    /* The key is the one of RFC 6455, section 1.3. */
    int length = snprintf(request, sizeof request,
                          "GET /socket HTTP/1.1\r\n"
                          "Host: 127.0.0.1:%d\r\n"
                          "Upgrade: websocket\r\n"
                          "Connection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                          "Sec-WebSocket-Version: 13\r\n%s\r\n",
                          port,
                          deflated ? "Sec-WebSocket-Extensions: permessage-deflate; "
                                     "server_no_context_takeover; "
                                     "client_no_context_takeover\r\n"
                                   : "");
    requestLength = (size_t)length;
#ifdef WITH_TLS
    if (variant == TLS) {
        context = SSL_CTX_new(TLS_client_method());
        check(context != NULL, "SSL_CTX_new");
        SSL_CTX_set_mode(context,
                         SSL_MODE_ENABLE_PARTIAL_WRITE
                             | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                             | SSL_MODE_AUTO_RETRY);
    }
#else
    check(variant != TLS, "built without TLS: libssl-dev was not there");
#endif
}

static void encrypt(struct link *link)
{
#ifdef WITH_TLS
    if (context == NULL)
        return;
    link->tls = SSL_new(context);
    check(link->tls != NULL && SSL_set_fd(link->tls, link->fd) == 1, "SSL_new");
    check(SSL_connect(link->tls) == 1, "TLS handshake");
#else
    (void)link;
#endif
}

void dial(struct link *link, size_t number)
{
    const int yes = 1;
    const struct timeval patience = {.tv_sec = PATIENCE};
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    struct sockaddr_in source = {.sin_family = AF_INET};
    source.sin_addr.s_addr =
        htonl(INADDR_LOOPBACK + (uint32_t)(number / CONNECTIONS_A_HOST));
    link->tls = NULL;
    link->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(link->fd >= 0, "socket");
    setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(link->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    setsockopt(link->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(link->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    check(bind(link->fd, (struct sockaddr *)&source, sizeof source) == 0, "bind");
    check(connect(link->fd, (struct sockaddr *)&target, sizeof target) == 0, "connect");
    encrypt(link);
    check(give(link, request, requestLength) == (ssize_t)requestLength, "send");
}

void greet(struct link *link)
{
    char head[HEAD_LIMIT + 1];
    size_t there = 0;
    do {
        ssize_t got = take(link, head + there, HEAD_LIMIT - there);
        check(got > 0, "no answer to the handshake");
        there += (size_t)got;
        head[there] = '\0';
        check(there < HEAD_LIMIT, "the answer to the handshake is too long");
    } while (there < 4 || memcmp(head + there - 4, "\r\n\r\n", 4) != 0);
    errno = 0;
    check(strncmp(head, "HTTP/1.1 101 ", 13) == 0
              && strstr(head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != NULL,
          "the handshake is refused");
    bool agreed = strcasestr(head, "permessage-deflate") != NULL
                  && strcasestr(head, "server_no_context_takeover") != NULL;
    check(agreed == deflated, "permessage-deflate does not match the offer");
}

void unblock(struct link *link)
{
    check(fcntl(link->fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
}

#ifdef WITH_TLS
static ssize_t judge(SSL *tls, int result)
{
    if (result > 0)
        return result;
    int error = SSL_get_error(tls, result);
    check(error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE,
          "the server hung up");
    return -1;
}
#endif

ssize_t take(struct link *link, void *data, size_t length)
{
#ifdef WITH_TLS
    if (link->tls != NULL)
        return judge(link->tls, SSL_read(link->tls, data, (int)length));
#endif
    ssize_t got = recv(link->fd, data, length, 0);
    if (got == 0)
        errno = 0;
    check(got > 0 || (got < 0 && errno == EAGAIN), "the server hung up");
    return got;
}

ssize_t give(struct link *link, const void *data, size_t length)
{
#ifdef WITH_TLS
    if (link->tls != NULL)
        return judge(link->tls, SSL_write(link->tls, data, (int)length));
#endif
    ssize_t sent = send(link->fd, data, length, MSG_NOSIGNAL);
    check(sent >= 0 || errno == EAGAIN, "the server hung up");
    return sent;
}

bool holds(const struct link *link)
{
#ifdef WITH_TLS
    return link->tls != NULL && SSL_has_pending(link->tls);
#else
    return link->tls != NULL;
#endif
}

void hangUp(struct link *link)
{
#ifdef WITH_TLS
    SSL_free(link->tls);
#endif
    close(link->fd);
}
