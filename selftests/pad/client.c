/* SPDX-License-Identifier: MIT */
/*
 * Clients of `sealmem gamepad serve`, good and bad, and what starts it, for
 * gamepad_serve_test.sh and gamepad_serve_hostile_test.sh.
 *
 *   client play PATH COUNT      as soon as it sees pad 0, asks that it rumbles,
 *                               COUNT times; stays
 *   client early PATH           asks for it before it sees anything; stays
 *   client peek PATH TEXT       says whether TEXT lies anywhere in the memory
 *                               that it was given, once a line comes in
 *   client flood PATH           asks without end, until it is hung up on
 *   client garbage PATH         sends what is no effect, each in a connection
 *   client descriptors PATH     sends descriptors beside an effect
 *   client cycle PATH COUNT     connects and hangs up
 *   client listen PATH COMMAND...  is what systemd is: listens and starts it
 *   client notified PATH        prints what comes there as it comes
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
	fprintf(stderr, "client: %s: %s\n", what,
		strerror(ret == -1 ? errno : -ret));
	exit(1);
}

static void stay(void)
{
	for (;;)
		pause();
}

/* ---- connections -------------------------------------------------------- */

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return address;
}

/* The server's queue is short, and it has other things to do. */
static void connect_to(const char *path, struct sealmem_channel *ret_channel)
{
	int ret;

	for (int i = 0; i < 200; i++) {
		ret = sealmem_channel_connect(path, ret_channel);
		if (ret != -EAGAIN)
			break;
		poll(NULL, 0, 50);
	}
	check(ret, "connect");
}

static void receive_from(struct sealmem_channel *channel,
			 struct sealmem_readonly_region *ret_region)
{
	check(sealmem_channel_receive_readonly(channel, NULL, PATIENCE_MS,
					       ret_region, NULL),
	      "receive");
}

/* Does the server let go, within reason? */
static int is_hung_up_on(const struct sealmem_channel *channel)
{
	struct pollfd polled = { .fd = sealmem_channel_fd(channel),
				 .events = POLLRDHUP };

	return poll(&polled, 1, PATIENCE_MS) == 1;
}

/* ---- effects ------------------------------------------------------------ */

static const struct sealmem_gamepad_effect effect = {
	.struct_size = sizeof(effect),
	.type = SEALMEM_GAMEPAD_EFFECT_DUAL_RUMBLE,
	.duration_ms = 5000,
	.strong = 1,
	.weak = 0.5f,
};

static void wait_for_pad(const struct sealmem_readonly_region *region)
{
	struct sealmem_gamepad_reader reader = { 0 };
	struct sealmem_gamepad pad = { 0 };

	check(sealmem_gamepad_reader_attach(region, &reader), "attach");
	do {
		check(sealmem_gamepad_wait(&reader, PATIENCE_MS), "wait");
		check(sealmem_gamepad_read(&reader, 0, &pad), "read");
	} while (!pad.connected);
}

/* What the server has not read yet it reads soon. */
static int ask(struct sealmem_channel *channel)
{
	int ret;

	do {
		ret = sealmem_gamepad_effect_send(channel, &effect);
		if (ret == -EAGAIN)
			poll(NULL, 0, 1);
	} while (ret == -EAGAIN);
	return ret;
}

static void play(const char *path, int count)
{
	struct sealmem_channel channel = { 0 };
	struct sealmem_readonly_region region = { 0 };

	connect_to(path, &channel);
	receive_from(&channel, &region);
	if (count > 0)
		wait_for_pad(&region);
	for (int i = 0; i < (count ?: 1); i++)
		check(ask(&channel), "ask");
	printf("asked\n");
	fflush(stdout);
	stay();
}

static void flood(const char *path)
{
	struct sealmem_channel channel = { 0 };

	connect_to(path, &channel);
	while (ask(&channel) == 0)
		;
	printf("hung up on\n");
}

/* ---- nonsense ----------------------------------------------------------- */

static void send_wrong(const char *path, const void *bytes, size_t size)
{
	struct sealmem_channel channel = { 0 };

	connect_to(path, &channel);
	check((int)send(sealmem_channel_fd(&channel), bytes, size,
			MSG_NOSIGNAL), "send");
	check(is_hung_up_on(&channel) - 1, "not hung up on");
	sealmem_channel_close(&channel);
}

/* Every size there is about, and each byte of a good one changed. */
static void garbage(const char *path)
{
	uint8_t good[SEALMEM_GAMEPAD_EFFECT_SIZE + 8] = { 0 };
	const float nothing = __builtin_nanf("");

	check(sealmem_gamepad_effect_encode(&effect, good), "encode");
	for (size_t size = 1; size <= sizeof(good); size += 6)
		if (size != SEALMEM_GAMEPAD_EFFECT_SIZE)
			send_wrong(path, good, size);
	for (size_t i = 0; i < 16; i += 5) {
		good[i] ^= 0x80;
		send_wrong(path, good, SEALMEM_GAMEPAD_EFFECT_SIZE);
		good[i] ^= 0x80;
	}
	memcpy(good + 28, &nothing, sizeof(nothing));
	send_wrong(path, good, SEALMEM_GAMEPAD_EFFECT_SIZE);
	printf("hung up on\n");
}

/* Newer kernels refuse it in the name of the server. */
static void descriptors(const char *path)
{
	uint8_t bytes[SEALMEM_GAMEPAD_EFFECT_SIZE];
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(3 * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	const int fds[3] = { 0, 1, 2 };
	struct sealmem_channel channel = { 0 };

	check(sealmem_gamepad_effect_encode(&effect, bytes), "encode");
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(&control.header), fds, sizeof(fds));
	connect_to(path, &channel);
	if (sendmsg(sealmem_channel_fd(&channel), &message, MSG_NOSIGNAL) < 0 &&
	    errno == EPERM) {
		printf("refused by the kernel\n");
		return;
	}
	check(is_hung_up_on(&channel) - 1, "not hung up on");
	printf("hung up on\n");
}

/* Every other one waits for its memory. */
static void cycle(const char *path, int count)
{
	for (int i = 0; i < count; i++) {
		struct sealmem_channel channel = { 0 };
		struct sealmem_readonly_region region = { 0 };

		connect_to(path, &channel);
		if (i % 2)
			receive_from(&channel, &region);
		sealmem_readonly_region_close(&region);
		sealmem_channel_close(&channel);
	}
	printf("done\n");
}

static void peek(const char *path, const char *text)
{
	struct sealmem_channel channel = { 0 };
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_readonly_mapping mapping = { 0 };
	const void *memory;
	size_t size;

	connect_to(path, &channel);
	receive_from(&channel, &region);
	check(sealmem_readonly_region_map(&region, &mapping), "map");
	size = sealmem_readonly_region_size(&region);
	memory = sealmem_readonly_mapping_at(&mapping, 0, size, 1);
	printf("connected\n");
	fflush(stdout);
	while (getchar() == '\n') {
		printf("%s\n", memmem(memory, size, text, strlen(text)) ?
				       "there" : "not there");
		fflush(stdout);
	}
}

/* ---- what systemd is ---------------------------------------------------- */

static void listen_for(const char *path, char **command)
{
	const struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	char number[16];

	check(fd, "socket");
	check(bind(fd, (const struct sockaddr *)&address, sizeof(address)),
	      "bind");
	check(listen(fd, 16), "listen");
	if (fd != 3)
		check(dup2(fd, 3), "dup2");
	snprintf(number, sizeof(number), "%d", (int)getpid());
	setenv("LISTEN_PID", number, 1);
	setenv("LISTEN_FDS", "1", 1);
	execvp(command[0], command);
	check(-1, command[0]);
}

static void notified(const char *path)
{
	const struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char text[512];

	check(fd, "socket");
	check(bind(fd, (const struct sockaddr *)&address, sizeof(address)),
	      "bind");
	printf("listening\n");
	for (;;) {
		ssize_t size = recv(fd, text, sizeof(text), 0);

		check((int)size, "recv");
		printf("%.*s\n", (int)size, text);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(what, "play") && argc == 4)
		play(argv[2], atoi(argv[3]));
	else if (!strcmp(what, "early"))
		play(argv[2], 0);
	else if (!strcmp(what, "peek") && argc == 4)
		peek(argv[2], argv[3]);
	else if (!strcmp(what, "flood"))
		flood(argv[2]);
	else if (!strcmp(what, "garbage"))
		garbage(argv[2]);
	else if (!strcmp(what, "descriptors"))
		descriptors(argv[2]);
	else if (!strcmp(what, "cycle") && argc == 4)
		cycle(argv[2], atoi(argv[3]));
	else if (!strcmp(what, "listen") && argc > 3)
		listen_for(argv[2], argv + 3);
	else if (!strcmp(what, "notified"))
		notified(argv[2]);
	else
		return 2;
	return 0;
}
