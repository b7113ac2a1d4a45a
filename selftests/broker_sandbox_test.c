/* SPDX-License-Identifier: MIT */
/*
 * A process whose filter kills it for memfd_create and for F_ADD_SEALS, and
 * lets it open nothing, has its regions from a broker; a third process takes
 * them for what they are.
 */
#include <sys/socket.h>

#include "broker.h"
#include "filter.h"

#define SIZE 5000

/* No bits to look for: whatever seal it is. */
static const struct rule add_seals = {
	.number = NUMBER_OF_FCNTL, .other = 1, .value = F_ADD_SEALS,
};

static void forbid(uint32_t result)
{
	filter((struct rule){ .number = SYS_memfd_create }, result);
	filter(add_seals, result);
	refuse_call(SYS_openat, ENOENT);
#ifdef SYS_open
	refuse_call(SYS_open, ENOENT);
#endif
}

/* One of each, none of them in the process that made it. */
struct parcel {
	struct sealmem_received_region live;
	struct sealmem_received_region frozen;
	struct sealmem_received_region writable;
	struct sealmem_received_region unsafe;
};

static const char content[SIZE] = "frozen content";

/* ---- the sandboxed client ----------------------------------------------- */

static void send_live(struct sealmem_channel *consumer,
		      struct sealmem_writable_mapping *ret_writer)
{
	struct sealmem_readonly_region region = { 0 };

	ASSERT_OK(sealmem_readonly_region_create(SIZE, NULL, &region,
						 ret_writer));
	strcpy(ret_writer->addr, "live content");
	ASSERT_OK(sealmem_channel_send_readonly(consumer, &region, NULL));
	sealmem_readonly_region_close(&region);
}

static void send_frozen(struct sealmem_channel *consumer)
{
	struct sealmem_readonly_region region = { 0 };

	ASSERT_OK(sealmem_readonly_region_create_from(content, SIZE, NULL,
						      &region));
	EXPECT_TRUE(sealmem_readonly_region_is_frozen(&region));
	ASSERT_OK(sealmem_channel_send_readonly(consumer, &region, NULL));
	sealmem_readonly_region_close(&region);
}

static void send_writable(struct sealmem_channel *consumer)
{
	struct sealmem_writable_region region = { 0 };

	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &region));
	ASSERT_OK(sealmem_channel_send_writable(consumer, &region, NULL));
}

static void send_unsafe(struct sealmem_channel *consumer)
{
	struct sealmem_unsafe_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };

	ASSERT_OK(sealmem_unsafe_region_create(SIZE, NULL, &region));
	ASSERT_OK(sealmem_unsafe_region_map(&region, &mapping));
	strcpy(mapping.addr, "unsafe content");
	ASSERT_OK(sealmem_channel_send_unsafe(consumer, &region, NULL));
	sealmem_writable_mapping_unmap(&mapping);
	sealmem_unsafe_region_close(&region);
}

/* What is converted a step at a time is the same. */
static void convert_each(void)
{
	struct sealmem_writable_region region = { 0 };
	struct sealmem_readonly_region readonly = { 0 };
	struct sealmem_unsafe_region unsafe = { 0 };

	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &region));
	ASSERT_OK(sealmem_writable_region_to_readonly(&region, &readonly));
	sealmem_readonly_region_close(&readonly);
	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &region));
	ASSERT_OK(sealmem_writable_region_freeze(&region, &readonly));
	sealmem_readonly_region_close(&readonly);
	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &region));
	ASSERT_OK(sealmem_writable_region_to_unsafe(&region, &unsafe));
	sealmem_unsafe_region_close(&unsafe);
}

/* Buffers on top of regions notice nothing. */
static void publish_a_pad(void)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_gamepad_writer writer = { 0 };
	const struct sealmem_gamepad pad = { .connected = true };

	ASSERT_OK(sealmem_gamepad_writer_create(0, NULL, &region, &writer));
	EXPECT_OK(sealmem_gamepad_write(&writer, 0, &pad));
	sealmem_gamepad_writer_close(&writer);
	sealmem_readonly_region_close(&region);
}

static void live_in_the_sandbox(struct sealmem_channel *consumer)
{
	struct sealmem_writable_mapping writer = { 0 };
	char done;

	forbid(SECCOMP_RET_KILL_PROCESS);
	send_live(consumer, &writer);
	send_frozen(consumer);
	send_writable(consumer);
	send_unsafe(consumer);
	convert_each();
	publish_a_pad();
	/* Writes on while the consumer reads. */
	strcpy(writer.addr, "changed content");
	EXPECT_EQ(0, recv(sealmem_channel_fd(consumer), &done, 1, 0));
	sealmem_writable_mapping_unmap(&writer);
}

/* ---- the consumer ------------------------------------------------------- */

static void receive(struct sealmem_channel *channel, enum sealmem_kind kind,
		    struct sealmem_received_region *ret_region)
{
	ASSERT_OK(sealmem_channel_receive(channel, NULL, TIMEOUT_MS, ret_region,
					  NULL));
	ASSERT_EQ(kind, ret_region->kind);
}

static bool reads(const struct sealmem_readonly_region *region,
		  const char *text)
{
	struct sealmem_readonly_mapping mapping = { 0 };
	bool same;

	ASSERT_OK(sealmem_readonly_region_map(region, &mapping));
	EXPECT_EQ(SIZE, mapping.size);
	same = strcmp(mapping.addr, text) == 0;
	sealmem_readonly_mapping_unmap(&mapping);
	return same;
}

static void expect_writable(const struct sealmem_writable_region *region)
{
	struct sealmem_writable_mapping mapping = { 0 };

	ASSERT_OK(sealmem_writable_region_map(region, &mapping));
	EXPECT_TRUE(is_filled(mapping.addr, 0, SIZE));
	sealmem_writable_mapping_unmap(&mapping);
}

static void expect_unsafe(const struct sealmem_unsafe_region *region)
{
	struct sealmem_writable_mapping mapping = { 0 };

	ASSERT_OK(sealmem_unsafe_region_map(region, &mapping));
	EXPECT_STREQ("unsafe content", mapping.addr);
	sealmem_writable_mapping_unmap(&mapping);
}

static unsigned int all_seals(int fd)
{
	return (unsigned int)fcntl(fd, F_GET_SEALS);
}

/* To the bit, and not just enough of them. */
static void expect_local_seals(const struct parcel *parcel)
{
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, SIZE));
	EXPECT_EQ(all_seals(made_fd(&made)),
		  all_seals(sealmem_readonly_region_fd(
			  &parcel->live.as.readonly)));
	made_close(&made);
	ASSERT_OK(made_create(&made, SEALMEM_KIND_WRITABLE, SIZE));
	EXPECT_EQ(all_seals(made_fd(&made)),
		  all_seals(sealmem_writable_region_fd(
			  &parcel->writable.as.writable)));
	made_close(&made);
	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
	EXPECT_EQ(all_seals(made_fd(&made)),
		  all_seals(sealmem_unsafe_region_fd(
			  &parcel->unsafe.as.unsafe)));
	made_close(&made);
	EXPECT_EQ((unsigned int)(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL |
				 F_SEAL_WRITE),
		  seals_of(sealmem_readonly_region_fd(
			  &parcel->frozen.as.readonly)));
}

static void expect_parcel(struct sealmem_channel *channel)
{
	struct parcel parcel = { 0 };

	receive(channel, SEALMEM_KIND_READONLY, &parcel.live);
	receive(channel, SEALMEM_KIND_READONLY, &parcel.frozen);
	receive(channel, SEALMEM_KIND_WRITABLE, &parcel.writable);
	receive(channel, SEALMEM_KIND_UNSAFE, &parcel.unsafe);
	expect_local_seals(&parcel);
	EXPECT_TRUE(reads(&parcel.frozen.as.readonly, content));
	expect_writable(&parcel.writable.as.writable);
	expect_unsafe(&parcel.unsafe.as.unsafe);
	/* Until the writer has come to it; the case has a time limit. */
	while (!reads(&parcel.live.as.readonly, "changed content"))
		usleep(1000);
	sealmem_received_region_close(&parcel.live);
	sealmem_received_region_close(&parcel.frozen);
	sealmem_received_region_close(&parcel.writable);
	sealmem_received_region_close(&parcel.unsafe);
}

/* ---- cases -------------------------------------------------------------- */

/* In a child: the harness opens files. Returns when it has ended. */
static void in_a_sandboxed_child(void (*body)(void))
{
	pid_t pid = fork();

	ASSERT_SYS(pid);
	if (pid == 0) {
		body();
		_exit(0);
	}
	expect_exit(pid, 0);
}

/* Without it the rest would prove nothing. */
static void expect_that_nothing_works(void)
{
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_readonly_region readonly = { 0 };
	struct sealmem_unsafe_region unsafe = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };

	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &writable));
	forbid(SECCOMP_RET_ERRNO | EPERM);
	EXPECT_ERR(ENOENT,
		   sealmem_writable_region_to_readonly(&writable, &readonly));
	EXPECT_ERR(ENOENT, sealmem_writable_region_freeze(&writable, &readonly));
	EXPECT_ERR(EPERM, sealmem_writable_region_to_unsafe(&writable, &unsafe));
	sealmem_writable_region_close(&writable);
	EXPECT_ERR(EPERM, sealmem_writable_region_create(SIZE, NULL, &writable));
	EXPECT_ERR(EPERM, sealmem_unsafe_region_create(SIZE, NULL, &unsafe));
	EXPECT_ERR(EPERM, sealmem_readonly_region_create(SIZE, NULL, &readonly,
							 &mapping));
	EXPECT_ERR(EPERM, sealmem_readonly_region_create_from(content, SIZE,
							      NULL, &readonly));
}

TEST(without_a_broker_nothing_can_be_made_or_converted)
{
	in_a_sandboxed_child(expect_that_nothing_works);
}

static void make_memory(void)
{
	forbid(SECCOMP_RET_KILL_PROCESS);
	memfd_create("forbidden", 0);
}

TEST(the_filter_kills)
{
	pid_t pid = fork();
	int status;

	ASSERT_SYS(pid);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		signal(SIGSYS, SIG_DFL);
		make_memory();
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGSYS, WTERMSIG(status));
}

TEST_TIMEOUT(with_a_broker_everything_can, 30)
{
	struct sealmem_channel to_client = { 0 }, to_consumer = { 0 };
	struct brokered brokered;
	pid_t client;

	broker_start(&brokered, NULL);
	ASSERT_OK(sealmem_channel_pair(&to_client, &to_consumer));
	client = fork();
	ASSERT_SYS(client);
	if (client == 0) {
		sealmem_channel_close(&to_client);
		/* The end of the consumer is what it waits for at last. */
		fcntl(sealmem_channel_fd(&to_consumer), F_SETFL, 0);
		live_in_the_sandbox(&to_consumer);
		_exit(0);
	}
	sealmem_channel_close(&to_consumer);
	/* The connection is the child's alone, and so are the hooks. */
	ASSERT_OK(sealmem_hooks_set(NULL));
	sealmem_broker_client_close(&brokered.client);
	expect_parcel(&to_client);
	sealmem_channel_close(&to_client);
	expect_exit(client, 0);
	expect_exit(brokered.pid, 0);
}

TH_MAIN
