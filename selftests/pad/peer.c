/* SPDX-License-Identifier: MIT */
/*
 * The other side of the command in gamepad_peer_test.sh, as badly behaved as
 * the test wants it to be.
 *
 *   peer clients PATH COUNT    connects COUNT times and never reads
 *   peer talker PATH           connects and sends what nobody asked for
 *   peer producer PATH WHAT    serves a pad whose id is hostile ("id"), a pad
 *                              that is out of its range ("corrupt"), or a
 *                              region that holds no pads ("stranger")
 *
 * Says on stdout what came of it, and stays until it is killed.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <sealmem/sealmem.h>

#define PATIENCE_MS	20000

static void check(int ret, const char *what)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "peer: %s: %s\n", what,
		strerror(ret == -1 ? errno : -ret));
	exit(1);
}

/* ---- clients ------------------------------------------------------------ */

static int connect_raw(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	check(fd, "socket");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	/* The server's queue is short, and it has other things to do. */
	for (int i = 0; i < 200; i++) {
		if (connect(fd, (struct sockaddr *)&address,
			    sizeof(address)) == 0)
			return fd;
		if (errno != EAGAIN)
			break;
		poll(NULL, 0, 50);
	}
	check(-1, "connect");
	return -1;
}

/* Was a message sent? Looks at it and leaves it where it is. */
static int is_served(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	char byte;

	check(poll(&polled, 1, PATIENCE_MS) - 1, "poll");
	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static void clients(const char *path, int count)
{
	int *fds = calloc((size_t)count, sizeof(*fds));
	int served = 0;

	for (int i = 0; i < count; i++)
		fds[i] = connect_raw(path);
	for (int i = 0; i < count; i++)
		served += is_served(fds[i]);
	printf("served %d turned away %d\n", served, count - served);
}

static void talker(const char *path)
{
	struct pollfd polled = { .fd = connect_raw(path),
				 .events = POLLRDHUP };

	check(is_served(polled.fd) - 1, "not served");
	check((int)send(polled.fd, "let me in", 9, MSG_NOSIGNAL), "send");
	check(poll(&polled, 1, PATIENCE_MS) - 1, "poll");
	printf("dropped\n");
}

/* ---- producers ---------------------------------------------------------- */

static const struct sealmem_gamepad hostile_pad = {
	.connected = 1,
	.axis_count = 1,
	.button_count = 1,
	/* A terminal's commands in three dresses, quotes, broken UTF-8. */
	.id = "a\033[2Jb\233c\302\233d\"e\\f\ng\377\355\240\200h\342\200\256i",
};

static void publish_id(struct sealmem_readonly_region *ret_region)
{
	static struct sealmem_gamepad_writer writer;

	check(sealmem_gamepad_writer_create(0, NULL, ret_region, &writer),
	      "create");
	check(sealmem_gamepad_write(&writer, 0, &hostile_pad), "write");
}

/* The library writes no such pad, so do it behind its back. */
static void publish_corrupt(struct sealmem_readonly_region *ret_region)
{
	static struct sealmem_gamepad_writer writer;

	check(sealmem_gamepad_writer_create(0, NULL, ret_region, &writer),
	      "create");
	check(sealmem_snapshot_write_range(&writer.snapshot, 0, 0, &hostile_pad,
					   64),
	      "write");
}

static void publish_stranger(struct sealmem_readonly_region *ret_region)
{
	static const char text[8192] = "no pads";

	check(sealmem_readonly_region_create_from(text, sizeof(text), NULL,
						  ret_region), "create");
}

static void producer(const char *path, const char *what)
{
	struct sealmem_channel listener = { 0 };
	struct sealmem_readonly_region region = { 0 };

	if (!strcmp(what, "id"))
		publish_id(&region);
	else if (!strcmp(what, "corrupt"))
		publish_corrupt(&region);
	else
		publish_stranger(&region);
	check(sealmem_channel_listen(path, 0600, &listener), "listen");
	printf("serving\n");
	fflush(stdout);
	for (;;) {
		/* Never closed: the peer must not see an end. */
		struct sealmem_channel *channel = calloc(1, sizeof(*channel));

		check(sealmem_channel_accept(&listener, -1, channel), "accept");
		check(sealmem_channel_send_readonly(channel, &region, NULL),
		      "send");
	}
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "clients"))
		clients(argv[2], atoi(argv[3]));
	else if (argc == 3 && !strcmp(argv[1], "talker"))
		talker(argv[2]);
	else if (argc == 4 && !strcmp(argv[1], "producer"))
		producer(argv[2], argv[3]);
	else
		return 2;
	fflush(stdout);
	for (;;)
		pause();
}
