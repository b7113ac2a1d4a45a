/* SPDX-License-Identifier: MIT */
/*
 * Clients that are hostile: what is no request is refused with its reason, what
 * cannot be granted is answered, and the broker goes on as if nothing had been.
 */
#include "broker_letter.h"

#define LARGE	    ((uint32_t)SEALMEM_CREATE_LARGE)
#define OTHER_USERS ((uint32_t)SEALMEM_CREATE_OTHER_USERS)

FIXTURE(hostile)
{
	struct peer peer;
	struct sealmem_broker_usage usage;
};

FIXTURE_SETUP(hostile)
{
	peer_open(&self->peer);
}

FIXTURE_TEARDOWN(hostile)
{
	peer_close(&self->peer);
}

static int serve(struct th_self_hostile *self, uint32_t *ret_refusal)
{
	return sealmem_broker_serve(&self->peer.ours, NULL, &self->usage,
				    ret_refusal);
}

static void expect_answer_to(struct th_self_hostile *self, int error)
{
	struct reply reply = receive_reply(&self->peer.theirs);

	EXPECT_EQ(error, reply.error);
	EXPECT_EQ(77, reply.id);
	EXPECT_EQ(error == 0, reply.fd >= 0);
	if (reply.fd >= 0)
		close(reply.fd);
}

/* The letter is a request, and this is what it gets. */
static void expect_answered(struct th_self_hostile *self, int error)
{
	struct sealmem_broker_usage before = self->usage;
	uint32_t refusal = 77;

	send_letter(&self->peer.theirs, &self->peer.letter);
	EXPECT_OK(serve(self, &refusal));
	EXPECT_EQ(SEALMEM_REFUSAL_NONE, refusal);
	expect_answer_to(self, error);
	EXPECT_EQ(before.requests + 1, self->usage.requests);
	EXPECT_EQ(before.refused + (error != 0), self->usage.refused);
}

/* The letter is none; the next one is a request like any other. */
static void expect_refused_as(struct th_self_hostile *self, uint32_t wanted)
{
	struct sealmem_broker_usage before = self->usage;
	uint32_t refusal = 77;

	send_letter(&self->peer.theirs, &self->peer.letter);
	EXPECT_ERR(EBADMSG, serve(self, &refusal));
	EXPECT_EQ(wanted, refusal);
	EXPECT_MEMEQ(&before, &self->usage, sizeof(before));
	write_request(&self->peer.letter, CREATE, 1);
	expect_answered(self, 0);
	EXPECT_ERR(EAGAIN, serve(self, NULL));
}

/* ---- what is no request ------------------------------------------------- */

TEST_F(hostile, messages_of_another_size)
{
	static const size_t sizes[] = { 1, SEALMEM_REQUEST_SIZE - 1,
					SEALMEM_REQUEST_SIZE + 1, 60000 };

	for (int i = 0; i < 4; i++) {
		write_request(&self->peer.letter, CREATE, 1);
		self->peer.letter.size = sizes[i];
		expect_refused_as(self, SEALMEM_REFUSAL_MESSAGE_SIZE);
	}
}

TEST_F(hostile, messages_of_something_else)
{
	write_request(&self->peer.letter, CREATE, 1);
	self->peer.letter.bytes[7] = 1;
	expect_refused_as(self, SEALMEM_REFUSAL_MESSAGE_MAGIC);
	write_request(&self->peer.letter, CREATE, 1);
	put(self->peer.letter.bytes + 8, 2, 4);
	expect_refused_as(self, SEALMEM_REFUSAL_MESSAGE_VERSION);
	/* One for a channel, with its descriptor. */
	write_honest(&self->peer.letter);
	expect_refused_as(self, SEALMEM_REFUSAL_MESSAGE_SIZE);
}

TEST_F(hostile, requests_for_nothing_that_there_is)
{
	write_request(&self->peer.letter, 0, 1);
	expect_refused_as(self, SEALMEM_REFUSAL_REQUEST);
	write_request(&self->peer.letter, FREEZE + 1, 1);
	expect_refused_as(self, SEALMEM_REFUSAL_REQUEST);
	write_request(&self->peer.letter, CREATE, 1);
	put(self->peer.letter.bytes + 32, SEALMEM_CREATE_LAZY, 4);
	expect_refused_as(self, SEALMEM_REFUSAL_REQUEST);
	write_request(&self->peer.letter, CREATE, 1);
	put(self->peer.letter.bytes + 36, 1, 4);
	expect_refused_as(self, SEALMEM_REFUSAL_REQUEST);
	write_request(&self->peer.letter, TO_UNSAFE, 1);
	put(self->peer.letter.bytes + 32, LARGE, 4);
	expect_refused_as(self, SEALMEM_REFUSAL_REQUEST);
	write_request(&self->peer.letter, FREEZE, 1);
	self->peer.letter.bytes[40] = 'n';
	expect_refused_as(self, SEALMEM_REFUSAL_REQUEST);
}

TEST_F(hostile, names_without_an_end_or_with_more_behind_it)
{
	write_request(&self->peer.letter, CREATE, 1);
	memset(self->peer.letter.bytes + 40, 'n', 256);
	expect_refused_as(self, SEALMEM_REFUSAL_REQUEST);
	write_request(&self->peer.letter, CREATE, 1);
	memset(self->peer.letter.bytes + 40, 'n', SEALMEM_NAME_MAX + 1);
	expect_refused_as(self, SEALMEM_REFUSAL_REQUEST);
	write_request(&self->peer.letter, CREATE, 1);
	self->peer.letter.bytes[40 + 255] = 'n';
	expect_refused_as(self, SEALMEM_REFUSAL_REQUEST);
	write_request(&self->peer.letter, CREATE, 1);
	memset(self->peer.letter.bytes + 40, 'n', SEALMEM_NAME_MAX);
	expect_answered(self, 0);
}

TEST_F(hostile, wrong_numbers_of_descriptors)
{
	write_request(&self->peer.letter, CREATE, 1);
	enclose_honest(&self->peer.letter);
	expect_refused_as(self, SEALMEM_REFUSAL_DESCRIPTOR_COUNT);
	write_request(&self->peer.letter, TO_READONLY, 1);
	expect_refused_as(self, SEALMEM_REFUSAL_DESCRIPTOR_COUNT);
	write_request(&self->peer.letter, TO_READONLY, page_size());
	enclose_honest(&self->peer.letter);
	enclose(&self->peer.letter, pipe_end(0));
	expect_refused_as(self, SEALMEM_REFUSAL_DESCRIPTOR_COUNT);
	write_request(&self->peer.letter, CREATE, 1);
	for (int i = 0; i < MANY_FDS; i++)
		enclose(&self->peer.letter, pipe_end(i % 2));
	expect_refused_as(self, SEALMEM_REFUSAL_DESCRIPTOR_COUNT);
}

/* ---- what cannot be granted --------------------------------------------- */

TEST_F(hostile, sizes_that_no_region_has)
{
	static const struct {
		uint64_t size;
		uint32_t flags;
	} wrong[] = {
		{ 0, 0 },
		{ 0, LARGE },
		{ (uint64_t)SEALMEM_SIZE_MAX + 1, OTHER_USERS },
		{ (uint64_t)INT64_MAX + 1, LARGE },
		{ UINT64_MAX, LARGE },
		{ UINT64_MAX, 0 },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		write_request(&self->peer.letter, CREATE, wrong[i].size);
		put(self->peer.letter.bytes + 32, wrong[i].flags, 4);
		expect_answered(self, EINVAL);
	}
	EXPECT_EQ(0, self->usage.regions);
	EXPECT_EQ(0, self->usage.bytes);
}

/* Its sizes are sealed, and not one page of it is there. */
TEST_F(hostile, what_is_created_takes_no_memory)
{
	struct reply reply;
	struct stat st;

	write_request(&self->peer.letter, CREATE, SEALMEM_SIZE_MAX);
	send_letter(&self->peer.theirs, &self->peer.letter);
	ASSERT_OK(serve(self, NULL));
	reply = receive_reply(&self->peer.theirs);
	ASSERT_EQ(0, reply.error);
	ASSERT_SYS(fstat(reply.fd, &st));
	EXPECT_EQ(0, st.st_blocks);
	EXPECT_EQ(1, self->usage.regions);
	EXPECT_EQ(st.st_size, self->usage.bytes);
	EXPECT_ERRNO(EPERM, ftruncate(reply.fd, 0));
	EXPECT_ERRNO(EPERM, ftruncate(reply.fd, st.st_size + 1));
	close(reply.fd);
}

static int unsealed(void)
{
	int fd = memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ASSERT_SYS(fd);
	ASSERT_SYS(ftruncate(fd, (off_t)page_size()));
	return fd;
}

static int file_on_disk(void)
{
	FILE *file = tmpfile();
	int fd;

	ASSERT_NOT_NULL(file);
	fd = dup(fileno(file));
	fclose(file);
	return fd;
}

static int writable_memory(int access, unsigned int seals)
{
	return cook(&(struct recipe){ .seals = seals, .access = access });
}

static void expect_converted(struct th_self_hostile *self, uint32_t to, int fd,
			     uint64_t size, int error)
{
	write_request(&self->peer.letter, to, size);
	enclose(&self->peer.letter, dup(fd));
	expect_answered(self, error);
}

static void expect_not_converted(struct th_self_hostile *self, int fd,
				 uint64_t size, int error)
{
	for (uint32_t to = TO_READONLY; to <= FREEZE; to++)
		expect_converted(self, to, fd, size, error);
	close(fd);
}

TEST_F(hostile, descriptors_that_are_no_writable_region)
{
	size_t size = page_size();

	expect_not_converted(self, pipe_end(0), size, EPROTO);
	expect_not_converted(self, pipe_end(1), size, EPROTO);
	expect_not_converted(self, open("/", O_PATH | O_CLOEXEC), size, EPROTO);
	expect_not_converted(self, open("/dev/null", O_RDWR | O_CLOEXEC), size,
			     EPROTO);
	expect_not_converted(self, file_on_disk(), size, EPROTO);
	expect_not_converted(self, unsealed(), size, EPROTO);
	expect_not_converted(self, writable_memory(O_RDWR, F_SEAL_SHRINK), size,
			     EPROTO);
	expect_not_converted(self, writable_memory(O_RDONLY, SIZE_SEALS), size,
			     EPROTO);
	expect_not_converted(self, writable_memory(O_WRONLY, SIZE_SEALS), size,
			     EPROTO);
}

TEST_F(hostile, memory_of_another_size_or_mode)
{
	static const uint64_t huge = UINT64_MAX;
	size_t size = page_size();

	expect_not_converted(self, writable_memory(O_RDWR, SIZE_SEALS), 0,
			     EPROTO);
	expect_not_converted(self, writable_memory(O_RDWR, SIZE_SEALS),
			     size + 1, EPROTO);
	expect_not_converted(self, writable_memory(O_RDWR, SIZE_SEALS), huge,
			     EPROTO);
	expect_not_converted(self, writable_memory(O_RDWR, SIZE_SEALS),
			     huge - size + 1, EPROTO);
	expect_not_converted(self,
			     cook(&(struct recipe){ .seals = SIZE_SEALS,
						    .access = O_RDWR,
						    .mode = 0700 }),
			     size, EPROTO);
}

/* As it is told to who converts it without a broker. */
TEST_F(hostile, memory_that_is_sealed_already)
{
	int unsafe = writable_memory(O_RDWR, UNSAFE_SEALS);
	int live = writable_memory(O_RDWR, LIVE_SEALS);

	expect_converted(self, TO_READONLY, unsafe, page_size(), EPERM);
	expect_converted(self, FREEZE, unsafe, page_size(), EPERM);
	expect_converted(self, TO_UNSAFE, live, page_size(), EPERM);
	expect_converted(self, FREEZE, live, page_size(), EPERM);
	/* What it is already it may become. */
	expect_converted(self, TO_UNSAFE, unsafe, page_size(), 0);
	expect_converted(self, TO_READONLY, live, page_size(), 0);
	close(unsafe);
	close(live);
}

/* ---- what a client may do to itself alone ------------------------------- */

TEST_F(hostile, who_does_not_read_the_answer_gets_no_second)
{
	write_request(&self->peer.letter, CREATE, 1);
	send_letter(&self->peer.theirs, &self->peer.letter);
	write_request(&self->peer.letter, CREATE, 1);
	send_letter(&self->peer.theirs, &self->peer.letter);
	EXPECT_OK(serve(self, NULL));
	EXPECT_ERR(ENOBUFS, serve(self, NULL));
	EXPECT_EQ(1, self->usage.requests);
	expect_answer_to(self, 0);
}

/* What it keeps open for writing is worth nothing after the seal. */
TEST_F(hostile, the_descriptor_that_a_client_keeps)
{
	size_t size = page_size();
	int kept = writable_memory(O_RDWR, SIZE_SEALS);

	write_request(&self->peer.letter, TO_READONLY, size);
	enclose(&self->peer.letter, dup(kept));
	expect_answered(self, 0);
	EXPECT_EQ(LIVE_SEALS, seals_of(kept));
	EXPECT_MAP_ERRNO(EPERM, map_shared(kept, size, PROT_WRITE));
	EXPECT_ERRNO(EPERM, pwrite(kept, "x", 1, 0));
	close(kept);
}

TEST_F(hostile, the_mapping_that_a_client_keeps_holds_off_freezing)
{
	size_t size = page_size();
	int kept = writable_memory(O_RDWR, SIZE_SEALS);
	void *mapping = map_shared(kept, size, PROT_READ | PROT_WRITE);

	ASSERT_TRUE(mapping != MAP_FAILED);
	write_request(&self->peer.letter, FREEZE, size);
	enclose(&self->peer.letter, dup(kept));
	expect_answered(self, EBUSY);
	EXPECT_EQ(SIZE_SEALS, seals_of(kept));
	munmap(mapping, size);
	close(kept);
}

/* Not its own region, but it could have done so where nothing forbids it. */
TEST_F(hostile, not_promised_that_clients_seal_only_what_is_theirs)
{
	int fd = memfd_create("another's", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ASSERT_SYS(fd);
	ASSERT_SYS(fchmod(fd, 0600));
	ASSERT_SYS(ftruncate(fd, (off_t)page_size()));
	ASSERT_SYS(fcntl(fd, F_ADD_SEALS, SIZE_SEALS));
	expect_converted(self, TO_READONLY, fd, page_size(), 0);
	EXPECT_EQ(LIVE_SEALS, seals_of(fd));
	close(fd);
}

TEST_F(hostile, limits_that_make_no_sense)
{
	struct sealmem_broker_limits limits = { .struct_size = 1 };

	write_request(&self->peer.letter, CREATE, 1);
	send_letter(&self->peer.theirs, &self->peer.letter);
	EXPECT_ERR(EINVAL, sealmem_broker_serve(&self->peer.ours, &limits,
						&self->usage, NULL));
	/* The request is still there. */
	EXPECT_OK(serve(self, NULL));
	expect_answer_to(self, 0);
}

TEST(a_channel_that_is_empty)
{
	struct sealmem_channel channel = { 0 };
	struct sealmem_broker_usage usage = { 0 };

	EXPECT_ERR(EBADF, sealmem_broker_serve(&channel, NULL, &usage, NULL));
}

/* ---- any number of them ------------------------------------------------- */

static void scribble(struct letter *letter, unsigned int *seed)
{
	uint32_t operation = 1 + rand_r(seed) % 5;

	write_request(letter, operation, rand_r(seed));
	for (int i = rand_r(seed) % 3; i > 0; i--)
		letter->bytes[rand_r(seed) % letter->size] =
			(unsigned char)rand_r(seed);
	if (rand_r(seed) % 8 == 0)
		letter->size = 1 + rand_r(seed) % 600;
	if ((operation != CREATE) != (rand_r(seed) % 8 == 0))
		enclose(letter, writable_memory(O_RDWR, SIZE_SEALS));
	if (rand_r(seed) % 16 == 0)
		enclose(letter, pipe_end(0));
}

TEST_F_TIMEOUT(hostile, a_thousand_bad_requests, 60)
{
	unsigned int seed = 1;
	int answered = 0, ret;

	for (int i = 0; i < 1000; i++) {
		struct reply reply;

		scribble(&self->peer.letter, &seed);
		send_letter(&self->peer.theirs, &self->peer.letter);
		ret = serve(self, NULL);
		EXPECT_TRUE(ret == 0 || ret == -EBADMSG);
		if (ret < 0)
			continue;
		answered++;
		reply = receive_reply(&self->peer.theirs);
		if (reply.fd >= 0)
			close(reply.fd);
	}
	/* Both kinds were among them. */
	EXPECT_GT(answered, 100);
	EXPECT_LT(answered, 900);
	write_request(&self->peer.letter, CREATE, 1);
	expect_answered(self, 0);
}

/* ---- the end, at any step ----------------------------------------------- */

enum step {
	CONNECTED,
	CREATION_ASKED,
	CREATED,
	MAPPED,
	CONVERSION_ASKED,
	CONVERTED,
	STEPS,
};

/* Goes up to @last, says so, and waits to be killed. */
static void go_to(struct sealmem_channel *channel, enum step last, int done)
{
	static struct letter letter;
	struct reply reply = { .fd = -1 };

	if (last >= CREATION_ASKED) {
		write_request(&letter, CREATE, page_size());
		send_letter(channel, &letter);
	}
	if (last >= CREATED)
		reply = receive_reply(channel);
	if (last >= MAPPED)
		map_shared(reply.fd, page_size(), PROT_READ | PROT_WRITE);
	if (last >= CONVERSION_ASKED) {
		write_request(&letter, TO_READONLY, page_size());
		enclose(&letter, reply.fd);
		send_letter(channel, &letter);
	}
	if (last >= CONVERTED)
		receive_reply(channel);
	write(done, "", 1);
	for (;;)
		pause();
}

static void kill_at(enum step last)
{
	struct sealmem_channel ours = { 0 }, theirs = { 0 };
	struct sealmem_broker_usage usage = { 0 };
	struct pollfd polled[2];
	int done[2], ret;
	pid_t client;

	ASSERT_OK(sealmem_channel_pair(&ours, &theirs));
	ASSERT_SYS(pipe2(done, O_CLOEXEC));
	client = fork();
	ASSERT_SYS(client);
	if (client == 0) {
		sealmem_channel_close(&ours);
		go_to(&theirs, last, done[1]);
	}
	sealmem_channel_close(&theirs);
	polled[0] = (struct pollfd){ .fd = done[0], .events = POLLIN };
	polled[1] = (struct pollfd){ .fd = sealmem_channel_fd(&ours),
				     .events = POLLIN };
	while (poll(polled, 2, -1) > 0 && !polled[0].revents) {
		ret = sealmem_broker_serve(&ours, NULL, &usage, NULL);
		EXPECT_TRUE(ret == 0 || ret == -EAGAIN);
	}
	kill(client, SIGKILL);
	ASSERT_EQ(client, waitpid(client, NULL, 0));
	ret = serve_until_gone(&ours, NULL, &usage);
	EXPECT_TRUE(ret == -ENODATA || ret == -EPIPE || ret == -ECONNRESET);
	sealmem_channel_close(&ours);
	close(done[0]);
	close(done[1]);
}

TEST_F(hostile, clients_that_are_killed)
{
	for (int step = CONNECTED; step < STEPS; step++)
		kill_at((enum step)step);
	/* Others do not notice. */
	write_request(&self->peer.letter, CREATE, 1);
	expect_answered(self, 0);
}

TH_MAIN
