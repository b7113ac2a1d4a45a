/* SPDX-License-Identifier: MIT */
/*
 * Regions from process to process, as upstream's broker layer tests it; the
 * numbers are those of its cases, of which these are elsewhere or nowhere:
 *
 *   111, 117  options with flags and a size of their own, for creating a buffer
 *             and duplicating it: creation's are in
 *             selftests/create_test.c: options_that_make_no_sense;
 *             sealmem_readonly_region_dup() has none
 *   112, 132  struct sizes and flags that are none: the same, and
 *             selftests/import_test.c: policies_that_make_no_sense
 *   116       a copy has the right of what it is a copy of; no function makes
 *             another one, which selftests/compile_fail/writable_dup.c,
 *             writable_dup_as_unsafe.c and unsafe_to_readonly.c hold
 *   118       selftests/platform_test.c: case_002_create_of_size_zero,
 *             case_004_create_of_size_max
 *   119       selftests/region_test.c: case_043_map_zero_bytes,
 *             case_044_map_more_than_the_region
 *   129       a plain file in a wrapper: a channel carries regions alone, see
 *             selftests/channel_memory_test.c: ordinary_file
 *   131       an invalid handle that stays one on its way: it is not sent, see
 *             selftests/channel_test.c: empty_region
 *   133 to 135  selftests/channel_test.c: case_133_readonly and after it
 */
#include <sys/socket.h>

#include "kinds.h"

#define SIZE 100

FIXTURE(passed)
{
	struct sealmem_channel ours;
	struct sealmem_channel theirs;
};

FIXTURE_SETUP(passed)
{
	ASSERT_OK(sealmem_channel_pair(&self->ours, &self->theirs));
}

FIXTURE_TEARDOWN(passed)
{
	sealmem_channel_close(&self->ours);
	sealmem_channel_close(&self->theirs);
}

static void send_unsafe(struct sealmem_channel *channel, struct made *made)
{
	ASSERT_OK(sealmem_channel_send_unsafe(channel, &made->unsafe, NULL));
}

/* Of the kind that is wanted, with a mapping; the handle is closed again. */
static void receive_mapped(struct sealmem_channel *channel,
			   enum sealmem_kind kind, struct view *view)
{
	struct sealmem_received_region received = { 0 };
	struct made made = { .kind = kind };

	ASSERT_OK(sealmem_channel_receive(channel, NULL, -1, &received, NULL));
	ASSERT_EQ(received.kind, kind);
	if (kind == SEALMEM_KIND_READONLY)
		made.readonly = received.as.readonly;
	else if (kind == SEALMEM_KIND_WRITABLE)
		made.writable = received.as.writable;
	else
		made.unsafe = received.as.unsafe;
	ASSERT_OK(made_map(&made, view));
	EXPECT_EQ(view->size, SIZE);
	made_close_region(&made);
}

static void wait_for(pid_t pid)
{
	int status;

	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	EXPECT_EQ(status, 0);
}

#define HELLO "hello"

static bool says_hello(const void *bytes)
{
	return memcmp(bytes, HELLO, sizeof(HELLO)) == 0;
}

/* ---- in one process -------------------------------------------------- */

/* Two mappings of one region, which they outlive, show the same bytes. */
static void expect_aliases(struct made *made)
{
	struct view whole, half;

	ASSERT_OK(made_map_at(made, 0, SIZE, &whole));
	ASSERT_OK(made_map_at(made, SIZE / 2, SIZE / 2, &half));
	made_close_region(made);
	memcpy((char *)whole.writable.addr + SIZE / 2, HELLO, sizeof(HELLO));
	EXPECT_TRUE(says_hello(half.bytes));
	strcpy(half.writable.addr, "there");
	EXPECT_STREQ((const char *)whole.bytes + SIZE / 2, "there");
	view_unmap(&whole);
	view_unmap(&half);
}

TEST(case_113_mappings_alias_and_outlive_the_region)
{
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
	expect_aliases(&made);
	made_close(&made);
}

TEST(case_114_the_same_of_what_was_a_writable_region)
{
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_WRITABLE, SIZE));
	ASSERT_OK(sealmem_writable_region_to_unsafe(&made.writable,
						    &made.unsafe));
	made.kind = SEALMEM_KIND_UNSAFE;
	expect_aliases(&made);
	made_close(&made);
}

TEST(case_115_copy_outlives_the_original)
{
	struct made original, copy = { .kind = SEALMEM_KIND_UNSAFE };
	struct view view;

	ASSERT_OK(made_create(&original, SEALMEM_KIND_UNSAFE, SIZE));
	ASSERT_OK(sealmem_unsafe_region_dup(&original.unsafe, &copy.unsafe));
	memcpy(original.writer.addr, HELLO, sizeof(HELLO));
	made_close(&original);
	ASSERT_OK(made_map(&copy, &view));
	EXPECT_TRUE(says_hello(view.bytes));
	view_unmap(&view);
	made_close(&copy);
}

TEST_F(passed, case_120_to_122_in_one_process)
{
	struct made made;
	struct view view;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
	memcpy(made.writer.addr, HELLO, sizeof(HELLO));
	send_unsafe(&self->ours, &made);
	receive_mapped(&self->theirs, SEALMEM_KIND_UNSAFE, &view);
	EXPECT_TRUE(says_hello(view.bytes));
	view_unmap(&view);
	made_close(&made);
}

/* ---- between processes ----------------------------------------------- */

/* Says hello in the region that it receives. */
static void write_hello(struct sealmem_channel *channel)
{
	struct view view;

	receive_mapped(channel, SEALMEM_KIND_UNSAFE, &view);
	memcpy(view.writable.addr, HELLO, sizeof(HELLO));
	view_unmap(&view);
}

TEST_F(passed, case_123_child_writes)
{
	struct made made;
	pid_t pid = fork();

	ASSERT_SYS(pid);
	if (!pid) {
		write_hello(&self->theirs);
		_exit(0);
	}
	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
	send_unsafe(&self->ours, &made);
	wait_for(pid);
	EXPECT_TRUE(says_hello(made.writer.addr));
	made_close(&made);
}

/* It made the region, and is gone when somebody looks at it. */
static void create_and_send(struct sealmem_channel *channel)
{
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
	memcpy(made.writer.addr, HELLO, sizeof(HELLO));
	send_unsafe(channel, &made);
	made_close(&made);
}

TEST_F(passed, case_124_child_creates)
{
	struct view view;
	pid_t pid = fork();

	ASSERT_SYS(pid);
	if (!pid) {
		create_and_send(&self->theirs);
		_exit(0);
	}
	wait_for(pid);
	receive_mapped(&self->ours, SEALMEM_KIND_UNSAFE, &view);
	EXPECT_TRUE(says_hello(view.bytes));
	view_unmap(&view);
}

/* Made by one child, passed on by the parent, written by the other one. */
TEST_F(passed, case_125_from_child_to_child)
{
	struct sealmem_channel far[2] = { 0 };
	struct sealmem_received_region received = { 0 };
	struct view view = { 0 };
	pid_t creator, writer;

	ASSERT_OK(sealmem_channel_pair(&far[0], &far[1]));
	creator = fork();
	if (!creator) {
		struct made made;

		ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
		send_unsafe(&self->theirs, &made);
		_exit(0);
	}
	writer = fork();
	if (!writer) {
		write_hello(&far[1]);
		_exit(0);
	}
	ASSERT_OK(sealmem_channel_receive(&self->ours, NULL, -1, &received,
					  NULL));
	ASSERT_EQ(received.kind, SEALMEM_KIND_UNSAFE);
	ASSERT_OK(sealmem_channel_send_unsafe(&far[0], &received.as.unsafe,
					      NULL));
	wait_for(creator);
	wait_for(writer);
	ASSERT_OK(sealmem_unsafe_region_map(&received.as.unsafe,
					    &view.writable));
	EXPECT_TRUE(says_hello(view.writable.addr));
	sealmem_writable_mapping_unmap(&view.writable);
	sealmem_received_region_close(&received);
	sealmem_channel_close(&far[0]);
	sealmem_channel_close(&far[1]);
}

/* A child, whose child does it, in an own process each. */
static pid_t fork_grandchild(void (*run)(struct sealmem_channel *channel),
			     struct sealmem_channel *channel)
{
	pid_t grandchild, child = fork();

	ASSERT_SYS(child);
	if (child)
		return child;
	grandchild = fork();
	ASSERT_SYS(grandchild);
	if (!grandchild) {
		run(channel);
		_exit(0);
	}
	wait_for(grandchild);
	_exit(0);
}

static void expect_hello(struct sealmem_channel *channel)
{
	struct view view;

	receive_mapped(channel, SEALMEM_KIND_UNSAFE, &view);
	EXPECT_TRUE(says_hello(view.bytes));
	view_unmap(&view);
}

TEST_F(passed, case_126_between_cousins)
{
	pid_t one = fork_grandchild(create_and_send, &self->ours);
	pid_t other = fork_grandchild(expect_hello, &self->theirs);

	wait_for(one);
	wait_for(other);
}

/* ---- read-only ------------------------------------------------------- */

/* And cannot be mapped for writing, by whatever way. */
static void expect_readonly(struct sealmem_channel *channel)
{
	struct sealmem_received_region received = { 0 };
	struct sealmem_readonly_mapping mapping = { 0 };
	int fd, again;

	ASSERT_OK(sealmem_channel_receive(channel, NULL, -1, &received, NULL));
	ASSERT_EQ(received.kind, SEALMEM_KIND_READONLY);
	fd = sealmem_readonly_region_fd(&received.as.readonly);
	EXPECT_MAP_ERRNO(EACCES, map_shared(fd, SIZE, PROT_WRITE));
	again = reopen_readwrite(fd);
	if (again >= 0) {
		EXPECT_MAP_ERRNO(EPERM, map_shared(again, SIZE, PROT_WRITE));
		close(again);
	}
	ASSERT_OK(sealmem_readonly_region_map(&received.as.readonly,
					      &mapping));
	EXPECT_TRUE(is_filled(mapping.addr, FILL, SIZE));
	sealmem_readonly_mapping_unmap(&mapping);
	sealmem_received_region_close(&received);
}

TEST_F(passed, case_127_child_gets_it_readonly)
{
	struct made made;
	pid_t pid = fork();

	ASSERT_SYS(pid);
	if (!pid) {
		expect_readonly(&self->theirs);
		_exit(0);
	}
	ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, SIZE));
	ASSERT_OK(sealmem_channel_send_readonly(&self->ours, &made.readonly,
						NULL));
	wait_for(pid);
	made_close(&made);
}

TEST_F(passed, case_128_parent_gets_it_readonly)
{
	pid_t pid = fork();

	ASSERT_SYS(pid);
	if (!pid) {
		struct made made;

		ASSERT_OK(made_create(&made, SEALMEM_KIND_READONLY, SIZE));
		ASSERT_OK(sealmem_channel_send_readonly(
			&self->theirs, &made.readonly, NULL));
		_exit(0);
	}
	wait_for(pid);
	expect_readonly(&self->ours);
}

/* ---- in a message of the caller's ------------------------------------ */

/* The parts in a message, and the descriptor beside them. */
static void send_parts(int to, const struct sealmem_descriptor *parts)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)parts, sizeof(*parts) };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &parts->fd, sizeof(int));
	ASSERT_EQ(sendmsg(to, &message, 0), sizeof(*parts));
}

static void receive_parts(int from, struct sealmem_descriptor *ret_parts)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { ret_parts, sizeof(*ret_parts) };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};

	ASSERT_EQ(recvmsg(from, &message, MSG_CMSG_CLOEXEC),
		  sizeof(*ret_parts));
	memcpy(&ret_parts->fd, CMSG_DATA(&control.header), sizeof(int));
}

/* What a child receives over a stream that is no channel; see descriptor.h. */
static void expect_parts(int from, struct sealmem_token token)
{
	struct sealmem_unsafe_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };
	struct sealmem_descriptor parts;

	receive_parts(from, &parts);
	ASSERT_OK(sealmem_unsafe_region_import(&parts, NULL, &region));
	EXPECT_TRUE(sealmem_token_equal(sealmem_unsafe_region_token(&region),
					token));
	ASSERT_OK(sealmem_unsafe_region_map(&region, &mapping));
	memcpy(mapping.addr, HELLO, sizeof(HELLO));
}

TEST(case_130_unsafe_region_keeps_token_and_access)
{
	struct sealmem_unsafe_region copy = { 0 };
	struct sealmem_descriptor parts = { 0 };
	struct made made;
	int fds[2];
	pid_t pid;

	ASSERT_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
	pid = fork();
	ASSERT_SYS(pid);
	if (!pid) {
		expect_parts(fds[1], sealmem_unsafe_region_token(&made.unsafe));
		_exit(0);
	}
	ASSERT_OK(sealmem_unsafe_region_dup(&made.unsafe, &copy));
	ASSERT_OK(sealmem_unsafe_region_export(&copy, &parts));
	send_parts(fds[0], &parts);
	sealmem_descriptor_close(&parts);
	wait_for(pid);
	EXPECT_TRUE(says_hello(made.writer.addr));
	made_close(&made);
	close(fds[0]);
	close(fds[1]);
}

TH_MAIN
