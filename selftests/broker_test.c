/* SPDX-License-Identifier: MIT */
/*
 * A broker and a client that are honest: what the client gets is what it would
 * have made itself, if it may. Sandboxed ones are in broker_sandbox_test.c,
 * hostile ones in broker_hostile_test.c (clients), broker_liar_test.c and
 * broker_answer_test.c (brokers).
 */
#include <pthread.h>
#include <sys/resource.h>

#include "broker.h"

#define SIZE 5000

FIXTURE(broker)
{
	struct brokered brokered;
	struct sealmem_writable_region writable;
	struct sealmem_readonly_region readonly;
	struct sealmem_unsafe_region unsafe;
	struct sealmem_writable_mapping writer;
	struct sealmem_readonly_mapping view;
};

FIXTURE_SETUP(broker)
{
	broker_start(&self->brokered, NULL);
}

FIXTURE_TEARDOWN(broker)
{
	sealmem_writable_region_close(&self->writable);
	sealmem_readonly_region_close(&self->readonly);
	sealmem_unsafe_region_close(&self->unsafe);
	sealmem_writable_mapping_unmap(&self->writer);
	sealmem_readonly_mapping_unmap(&self->view);
	broker_stop(&self->brokered);
}

/* ---- what one gets ------------------------------------------------------ */

/* What can be asked of a descriptor, and tells how a region was made. */
struct look {
	unsigned int seals;
	int access;
	mode_t mode;
	off_t size;
	off_t hole;
};

static struct look look_at(int fd)
{
	struct look look = { .seals = (unsigned int)fcntl(fd, F_GET_SEALS),
			     .access = fcntl(fd, F_GETFL) & O_ACCMODE,
			     .hole = lseek(fd, 0, SEEK_HOLE) };
	struct stat st;

	ASSERT_SYS(fstat(fd, &st));
	look.mode = st.st_mode;
	look.size = st.st_size;
	return look;
}

static void expect_same_look(int brokered, int local)
{
	struct look a = look_at(brokered), b = look_at(local);

	EXPECT_EQ(b.seals, a.seals);
	EXPECT_EQ(b.access, a.access);
	EXPECT_EQ(b.mode, a.mode);
	EXPECT_EQ(b.size, a.size);
	EXPECT_EQ(b.hole, a.hole);
	EXPECT_TRUE(fcntl(brokered, F_GETFD) & FD_CLOEXEC);
}

FIXTURE(same)
{
	struct brokered brokered;
	struct made local;
	struct made made;
	struct view view;
};

FIXTURE_VARIANT(same)
{
	enum sealmem_kind kind;
};

FIXTURE_VARIANT_ADD(same, readonly) { SEALMEM_KIND_READONLY };
FIXTURE_VARIANT_ADD(same, writable) { SEALMEM_KIND_WRITABLE };
FIXTURE_VARIANT_ADD(same, unsafe) { SEALMEM_KIND_UNSAFE };

FIXTURE_SETUP(same)
{
	ASSERT_OK(made_create(&self->local, variant->kind, SIZE));
	broker_start(&self->brokered, NULL);
	ASSERT_OK(made_create(&self->made, variant->kind, SIZE));
}

FIXTURE_TEARDOWN(same)
{
	view_unmap(&self->view);
	made_close(&self->made);
	made_close(&self->local);
	broker_stop(&self->brokered);
}

TEST_F(same, a_region_is_as_if_made_here)
{
	expect_same_look(made_fd(&self->made), made_fd(&self->local));
	EXPECT_EQ(SIZE, self->made.writer.size);
	ASSERT_OK(made_map(&self->made, &self->view));
	EXPECT_EQ(SIZE, self->view.size);
	EXPECT_TRUE(is_filled(self->view.bytes, FILL, SIZE));
}

TEST_F(same, a_strict_receiver_accepts_it)
{
	struct sealmem_channel ours = { 0 }, theirs = { 0 };
	struct sealmem_received_region received = { 0 };

	ASSERT_OK(sealmem_channel_pair(&ours, &theirs));
	if (variant->kind == SEALMEM_KIND_READONLY)
		ASSERT_OK(sealmem_channel_send_readonly(&ours,
							&self->made.readonly,
							NULL));
	else if (variant->kind == SEALMEM_KIND_WRITABLE)
		ASSERT_OK(sealmem_channel_send_writable(&ours,
							&self->made.writable,
							NULL));
	else
		ASSERT_OK(sealmem_channel_send_unsafe(&ours,
						      &self->made.unsafe,
						      NULL));
	ASSERT_OK(sealmem_channel_receive(&theirs, NULL, 0, &received, NULL));
	EXPECT_EQ(variant->kind, received.kind);
	sealmem_received_region_close(&received);
	sealmem_channel_close(&ours);
	sealmem_channel_close(&theirs);
}

/* The mapping of the only writer is nobody's inheritance here, either. */
TEST_F(broker, live_region_has_one_writer)
{
	int again;

	ASSERT_OK(sealmem_readonly_region_create(SIZE, NULL, &self->readonly,
						 &self->writer));
	EXPECT_EQ(SEALMEM_LEVEL_LIVE,
		  sealmem_readonly_region_level(&self->readonly));
	EXPECT_TRUE(is_filled(self->writer.addr, 0, SIZE));
	EXPECT_TRUE(sealmem_token_equal(
		self->writer.token,
		sealmem_readonly_region_token(&self->readonly)));
	EXPECT_FALSE(sealmem_token_is_empty(self->writer.token));
	again = reopen_readwrite(sealmem_readonly_region_fd(&self->readonly));
	ASSERT_SYS(again);
	EXPECT_MAP_ERRNO(EPERM, map_shared(again, SIZE, PROT_READ | PROT_WRITE));
	close(again);
	ASSERT_OK(sealmem_readonly_region_map(&self->readonly, &self->view));
	memset(self->writer.addr, 7, SIZE);
	EXPECT_TRUE(is_filled(self->view.addr, 7, SIZE));
}

TEST_F(broker, content_is_frozen)
{
	char content[SIZE];

	memset(content, 'c', SIZE);
	ASSERT_OK(sealmem_readonly_region_create_from(content, SIZE, NULL,
						      &self->readonly));
	EXPECT_TRUE(sealmem_readonly_region_is_frozen(&self->readonly));
	ASSERT_OK(sealmem_readonly_region_map(&self->readonly, &self->view));
	EXPECT_EQ(SIZE, self->view.size);
	EXPECT_MEMEQ(content, self->view.addr, SIZE);
}

TEST_F(broker, tokens_differ)
{
	struct sealmem_writable_region other = { 0 };

	ASSERT_OK(sealmem_writable_region_create(1, NULL, &self->writable));
	ASSERT_OK(sealmem_writable_region_create(1, NULL, &other));
	EXPECT_FALSE(sealmem_token_equal(
		sealmem_writable_region_token(&self->writable),
		sealmem_writable_region_token(&other)));
	sealmem_writable_region_close(&other);
}

/* ---- conversion --------------------------------------------------------- */

TEST_F(broker, a_region_made_here_is_converted_there)
{
	struct sealmem_token token;

	ASSERT_OK(sealmem_hooks_set(NULL));
	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &self->writable));
	ASSERT_OK(sealmem_hooks_set(&self->brokered.hooks));
	token = sealmem_writable_region_token(&self->writable);
	ASSERT_OK(sealmem_writable_region_map(&self->writable, &self->writer));
	memset(self->writer.addr, 'w', SIZE);
	ASSERT_OK(sealmem_writable_region_to_readonly(&self->writable,
						      &self->readonly));
	EXPECT_TRUE(sealmem_writable_region_is_empty(&self->writable));
	EXPECT_TRUE(sealmem_token_equal(
		token, sealmem_readonly_region_token(&self->readonly)));
	EXPECT_EQ(SIZE, sealmem_readonly_region_size(&self->readonly));
	ASSERT_OK(sealmem_readonly_region_map(&self->readonly, &self->view));
	EXPECT_TRUE(is_filled(self->view.addr, 'w', SIZE));
}

TEST_F(broker, to_unsafe)
{
	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &self->writable));
	ASSERT_OK(sealmem_writable_region_to_unsafe(&self->writable,
						    &self->unsafe));
	EXPECT_TRUE(sealmem_writable_region_is_empty(&self->writable));
	ASSERT_OK(sealmem_unsafe_region_map(&self->unsafe, &self->writer));
}

TEST_F(broker, freeze_with_a_writable_mapping)
{
	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &self->writable));
	ASSERT_OK(sealmem_writable_region_map(&self->writable, &self->writer));
	EXPECT_ERR(EBUSY, sealmem_writable_region_freeze(&self->writable,
							 &self->readonly));
	EXPECT_EQ((unsigned int)(F_SEAL_SHRINK | F_SEAL_GROW),
		  seals_of(sealmem_writable_region_fd(&self->writable)));
	sealmem_writable_mapping_unmap(&self->writer);
	EXPECT_OK(sealmem_writable_region_freeze(&self->writable,
						 &self->readonly));
	EXPECT_TRUE(sealmem_readonly_region_is_frozen(&self->readonly));
}

/* The seal is on, and the answer got lost: as region.h says. */
TEST_F(broker, conversion_can_be_made_again_after_its_seal)
{
	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &self->writable));
	ASSERT_SYS(fcntl(sealmem_writable_region_fd(&self->writable),
			 F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL));
	EXPECT_ERR(EPERM, sealmem_writable_region_to_unsafe(&self->writable,
							    &self->unsafe));
	EXPECT_OK(sealmem_writable_region_to_readonly(&self->writable,
						      &self->readonly));
}

TEST_F(broker, what_somebody_else_sealed)
{
	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &self->writable));
	ASSERT_SYS(fcntl(sealmem_writable_region_fd(&self->writable),
			 F_ADD_SEALS, F_SEAL_SEAL));
	EXPECT_ERR(EPERM, sealmem_writable_region_to_readonly(
				  &self->writable, &self->readonly));
	EXPECT_ERR(EPERM, sealmem_writable_region_freeze(&self->writable,
							 &self->readonly));
	EXPECT_FALSE(sealmem_writable_region_is_empty(&self->writable));
}

TEST_F(broker, nothing_to_convert)
{
	EXPECT_ERR(EBADF, sealmem_writable_region_to_readonly(
				  &self->writable, &self->readonly));
	EXPECT_ERR(EBADF, sealmem_writable_region_to_unsafe(&self->writable,
							    &self->unsafe));
	EXPECT_ERR(EBADF, sealmem_writable_region_freeze(&self->writable,
							 &self->readonly));
}

/* ---- options ------------------------------------------------------------ */

TEST_F(broker, sizes_and_options_that_make_no_sense)
{
	char name[SEALMEM_NAME_MAX + 2];
	struct sealmem_options options = { .struct_size = sizeof(options) };

	EXPECT_ERR(EINVAL, sealmem_writable_region_create(0, NULL,
							  &self->writable));
	EXPECT_ERR(EINVAL,
		   sealmem_writable_region_create(SEALMEM_SIZE_MAX + 1, NULL,
						  &self->writable));
	EXPECT_ERR(EINVAL, sealmem_unsafe_region_create(SIZE_MAX, NULL,
							&self->unsafe));
	options.flags = SEALMEM_CREATE_LARGE;
	EXPECT_ERR(EINVAL, sealmem_unsafe_region_create(SIZE_MAX, &options,
							&self->unsafe));
	options.flags = 1u << 31;
	EXPECT_ERR(EINVAL, sealmem_writable_region_create(SIZE, &options,
							  &self->writable));
	options.flags = 0;
	options.struct_size = 1;
	EXPECT_ERR(EINVAL, sealmem_writable_region_create(SIZE, &options,
							  &self->writable));
	options.struct_size = sizeof(options);
	memset(name, 'n', sizeof(name));
	name[SEALMEM_NAME_MAX + 1] = '\0';
	options.name = name;
	EXPECT_ERR(EINVAL, sealmem_writable_region_create(SIZE, &options,
							  &self->writable));
	EXPECT_TRUE(sealmem_writable_region_is_empty(&self->writable));
	name[SEALMEM_NAME_MAX] = '\0';
	EXPECT_OK(sealmem_writable_region_create(SIZE, &options,
						 &self->writable));
}

TEST_F(broker, the_name_is_the_callers)
{
	const struct sealmem_options options = {
		.struct_size = sizeof(options),
		.name = "brokered",
	};
	char path[64], target[64];
	ssize_t length;

	ASSERT_OK(sealmem_writable_region_create(SIZE, &options,
						 &self->writable));
	snprintf(path, sizeof(path), "/proc/self/fd/%d",
		 sealmem_writable_region_fd(&self->writable));
	length = readlink(path, target, sizeof(target) - 1);
	ASSERT_SYS(length);
	target[length] = '\0';
	EXPECT_STREQ("/memfd:brokered (deleted)", target);
}

TEST_F(broker, readers_of_other_users)
{
	const struct sealmem_options options = {
		.struct_size = sizeof(options),
		.flags = SEALMEM_CREATE_OTHER_USERS,
	};

	ASSERT_OK(sealmem_readonly_region_create(SIZE, &options,
						 &self->readonly,
						 &self->writer));
	EXPECT_EQ(S_IFREG | 0444,
		  look_at(sealmem_readonly_region_fd(&self->readonly)).mode);
}

TEST_F(broker, lazy_memory_is_not_there)
{
	const struct sealmem_options options = {
		.struct_size = sizeof(options),
		.flags = SEALMEM_CREATE_LAZY,
	};
	struct sealmem_descriptor parts = { 0 };

	ASSERT_OK(sealmem_readonly_region_create(SIZE, &options,
						 &self->readonly,
						 &self->writer));
	EXPECT_EQ(0, look_at(sealmem_readonly_region_fd(&self->readonly)).hole);
	ASSERT_OK(sealmem_readonly_region_export(&self->readonly, &parts));
	EXPECT_ERR(EPROTO, sealmem_readonly_region_import(&parts, NULL,
							  &self->readonly));
	EXPECT_EQ(SEALMEM_REFUSAL_HOLE, parts.refusal);
}

/* The client writes the memory, so its own limit counts, and not by SIGXFSZ. */
TEST_F(broker, file_size_limit_of_the_client)
{
	struct rlimit limit, old;

	ASSERT_SYS(getrlimit(RLIMIT_FSIZE, &old));
	limit = old;
	limit.rlim_cur = page_size();
	ASSERT_SYS(setrlimit(RLIMIT_FSIZE, &limit));
	EXPECT_ERR(EFBIG, sealmem_writable_region_create(page_size() + 1, NULL,
							 &self->writable));
	EXPECT_OK(sealmem_writable_region_create(page_size(), NULL,
						 &self->writable));
	ASSERT_SYS(setrlimit(RLIMIT_FSIZE, &old));
}

/* ---- connection --------------------------------------------------------- */

TEST(clients_that_make_no_sense)
{
	struct sealmem_channel ours = { 0 }, theirs = { 0 };
	struct sealmem_broker_client client = { 0 };

	EXPECT_ERR(EBADF, sealmem_broker_client_init(&ours, 1, &client));
	ASSERT_OK(sealmem_channel_pair(&ours, &theirs));
	EXPECT_ERR(EINVAL, sealmem_broker_client_init(&ours, 0, &client));
	EXPECT_ERR(EINVAL, sealmem_broker_client_init(&ours, -2, &client));
	EXPECT_GE(sealmem_channel_fd(&ours), 0);
	EXPECT_OK(sealmem_broker_client_init(&ours, -1, &client));
	EXPECT_EQ(-1, sealmem_channel_fd(&ours));
	sealmem_broker_client_close(&client);
	sealmem_broker_client_close(&client);
	sealmem_channel_close(&theirs);
}

TEST(a_broker_that_is_gone)
{
	struct sealmem_channel ours = { 0 }, theirs = { 0 };
	struct sealmem_broker_client client = { 0 };
	struct sealmem_writable_region region = { 0 };
	struct sealmem_hooks hooks;

	ASSERT_OK(sealmem_channel_pair(&ours, &theirs));
	ASSERT_OK(sealmem_broker_client_init(&ours, TIMEOUT_MS, &client));
	sealmem_broker_client_hooks(&client, &hooks);
	sealmem_channel_close(&theirs);
	EXPECT_ERR(EPIPE, hooks.create_writable(SIZE, NULL, &region,
						hooks.data));
	sealmem_broker_client_close(&client);
	EXPECT_ERR(EBADF, hooks.create_writable(SIZE, NULL, &region,
						hooks.data));
}

/* ---- threads ------------------------------------------------------------ */

#define THREADS 4
#define ROUNDS	100

static void *create_many(void *arg)
{
	size_t size = *(size_t *)arg;
	struct made made;

	for (int i = 0; i < ROUNDS; i++) {
		EXPECT_OK(made_create(&made, SEALMEM_KIND_READONLY, size));
		EXPECT_EQ(size, sealmem_readonly_region_size(&made.readonly));
		made_close(&made);
	}
	return NULL;
}

/* Each gets the answer to its own request. */
TEST_F_TIMEOUT(broker, threads_share_a_client, 60)
{
	pthread_t threads[THREADS];
	size_t sizes[THREADS];

	for (int i = 0; i < THREADS; i++) {
		sizes[i] = 1 + i * page_size();
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, create_many,
					    &sizes[i]));
	}
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
}

TH_MAIN
