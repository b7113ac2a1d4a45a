/* SPDX-License-Identifier: MIT */
/*
 * The other end of a channel, which is hostile: it writes its messages itself
 * and sends them with sendmsg.
 */
#ifndef SELFTESTS_CHANNEL_PEER_H
#define SELFTESTS_CHANNEL_PEER_H

#include <sys/socket.h>

#include "recipe.h"

#define BYTES	 SEALMEM_MESSAGE_SIZE
#define ROOM	 65536
#define MANY_FDS 200

/* What is sent; every descriptor in it belongs to it. */
struct letter {
	unsigned char bytes[ROOM];
	size_t size;
	int fds[MANY_FDS];
	int fd_count;
	/* The first so many in a control message of their own. */
	int apart;
};

/* A channel, and what goes into its hostile end next. */
struct peer {
	struct sealmem_channel ours;
	struct sealmem_channel theirs;
	struct letter letter;
	int open_files;
};

static inline int count_files(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static inline void peer_open(struct peer *peer)
{
	ASSERT_OK(sealmem_channel_pair(&peer->ours, &peer->theirs));
	peer->open_files = count_files();
}

/*
 * What may belong to a filesystem that does not answer is closed by another
 * process, which takes a moment on a busy machine. The harness finds leaks.
 */
static inline void peer_close(struct peer *peer)
{
	for (int i = 0; i < 5000 && count_files() > peer->open_files; i++)
		usleep(1000);
	sealmem_channel_close(&peer->ours);
	sealmem_channel_close(&peer->theirs);
}

/* ---- letters --------------------------------------------------------- */

static inline void put(unsigned char *at, uint64_t value, int size)
{
	for (int i = 0; i < size; i++, value >>= 8)
		at[i] = (unsigned char)value;
}

/* Each letter is about memory of its own. */
static uint64_t next_token = 1;

/* As an honest peer would write it; see <sealmem/channel.h>. */
static inline void write_bytes(struct letter *letter, enum sealmem_kind kind,
			uint64_t size)
{
	letter->size = BYTES;
	memset(letter->bytes, 0, BYTES);
	memcpy(letter->bytes, "sealmem", 8);
	put(letter->bytes + 8, 1, 4);
	put(letter->bytes + 12, kind, 4);
	put(letter->bytes + 16, size, 8);
	put(letter->bytes + 24, 11, 8);
	put(letter->bytes + 32, next_token++, 8);
}

static inline void enclose(struct letter *letter, int fd)
{
	ASSERT_SYS(fd);
	ASSERT_LT(letter->fd_count, MANY_FDS);
	letter->fds[letter->fd_count++] = fd;
}

/* A read-only region with nothing wrong about it. */
static inline void enclose_honest(struct letter *letter)
{
	enclose(letter, cook(&(struct recipe){ .seals = FROZEN_SEALS }));
}

static inline void write_honest(struct letter *letter)
{
	write_bytes(letter, SEALMEM_KIND_READONLY, page_size());
	enclose_honest(letter);
}

static inline void add_control(struct msghdr *message, const int *fds,
			       int count)
{
	struct cmsghdr *header;

	if (count == 0)
		return;
	header = (struct cmsghdr *)((char *)message->msg_control +
				    message->msg_controllen);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	message->msg_controllen += CMSG_SPACE(count * sizeof(int));
}

static inline void send_letter(struct sealmem_channel *channel,
			       struct letter *letter)
{
	_Alignas(struct cmsghdr) char control[4096] = { 0 };
	struct iovec iov = { letter->bytes, letter->size };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
	};

	add_control(&message, letter->fds, letter->apart);
	add_control(&message, letter->fds + letter->apart,
		    letter->fd_count - letter->apart);
	ASSERT_EQ(sendmsg(sealmem_channel_fd(channel), &message, MSG_NOSIGNAL),
		  letter->size);
	for (int i = 0; i < letter->fd_count; i++)
		close(letter->fds[i]);
	*letter = (struct letter){ 0 };
}

/* ---- answers --------------------------------------------------------- */

/* What is received is nothing, and the reason is this. */
static inline void expect_answer(struct peer *peer, int error,
			  uint32_t refusal)
{
	struct sealmem_received_region received, before;
	uint32_t found = 77;

	memset(&before, 0x5a, sizeof(before));
	memcpy(&received, &before, sizeof(before));
	EXPECT_EQ(sealmem_channel_receive(&peer->ours, NULL, 0, &received,
					  &found), -error);
	EXPECT_EQ(found, refusal);
	EXPECT_MEMEQ(&received, &before, sizeof(before));
}

static inline void expect_received(struct peer *peer)
{
	struct sealmem_received_region received = { 0 };
	uint32_t refusal = 77;

	EXPECT_OK(sealmem_channel_receive(&peer->ours, NULL, 0, &received,
					  &refusal));
	EXPECT_EQ(refusal, SEALMEM_REFUSAL_NONE);
	EXPECT_EQ(received.kind, SEALMEM_KIND_READONLY);
	EXPECT_EQ(sealmem_readonly_region_size(&received.as.readonly),
		  page_size());
	sealmem_received_region_close(&received);
}

/* And nothing after it. */
static inline void expect_honest(struct peer *peer)
{
	struct sealmem_received_region received = { 0 };

	expect_received(peer);
	EXPECT_ERR(EAGAIN, sealmem_channel_receive(&peer->ours, NULL, 0,
						   &received, NULL));
}

static inline void expect_refused(struct peer *peer, int error,
			   uint32_t refusal)
{
	send_letter(&peer->theirs, &peer->letter);
	write_honest(&peer->letter);
	send_letter(&peer->theirs, &peer->letter);
	expect_answer(peer, error, refusal);
	expect_honest(peer);
}

static inline int pipe_end(int end)
{
	int fds[2];

	ASSERT_SYS(pipe2(fds, O_CLOEXEC));
	close(fds[!end]);
	return fds[end];
}

#endif
