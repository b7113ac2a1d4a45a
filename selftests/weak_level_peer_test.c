/* SPDX-License-Identifier: MIT */
/*
 * Memory without seals in the hands of others: nobody takes it for more than it
 * is, and what it does not hold is shown to get through.
 */
#include <sys/wait.h>

#include "filter.h"
#include "recipe.h"

#define NOBODY 65534

static const struct sealmem_policy unsealed = {
	.struct_size = sizeof(unsealed),
	.flags = SEALMEM_POLICY_UNSEALED,
};

static void need_shm(void)
{
	int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		SKIP("no file in /dev/shm: %s", strerror(errno));
	close(fd);
}

/* --- what such memory does not hold --------------------------------------- */

static struct sealmem_readonly_region region;
static struct sealmem_writable_mapping writer;
static struct sealmem_readonly_mapping view;

static void make_file_region(void)
{
	struct sealmem_options weaker = {
		.struct_size = sizeof(weaker),
		.flags = SEALMEM_CREATE_DESCRIPTOR_LEVEL,
	};

	need_shm();
	refuse_call(SYS_memfd_create, EPERM);
	ASSERT_OK(sealmem_readonly_region_create(SIZE, &weaker, &region,
						 &writer));
	ASSERT_OK(sealmem_readonly_region_map(&region, &view));
	memset(writer.addr, FILL, SIZE);
}

static void drop_file_region(void)
{
	sealmem_readonly_mapping_unmap(&view);
	sealmem_writable_mapping_unmap(&writer);
	sealmem_readonly_region_close(&region);
}

/* How a child that runs this ends: its exit code, or minus its signal. */
static int in_child(void (*run)(void))
{
	pid_t child = fork();
	int status;

	ASSERT_SYS(child);
	if (child == 0) {
		signal(SIGBUS, SIG_DFL);
		run();
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* All that it has is the descriptor for reading, and the same user. */
static void write_from_outside(void)
{
	int again = reopen_readwrite(sealmem_readonly_region_fd(&region));

	ASSERT_SYS(again);
	ASSERT_EQ(1, pwrite(again, "x", 1, 0));
}

TEST(not_promised_same_user_writes_to_a_file)
{
	make_file_region();
	EXPECT_EQ(0, in_child(write_from_outside));
	EXPECT_EQ('x', *(const char *)view.addr);
	drop_file_region();
}

static void shrink_from_outside(void)
{
	int again = reopen_readwrite(sealmem_readonly_region_fd(&region));

	ASSERT_SYS(again);
	ASSERT_SYS(ftruncate(again, 0));
}

static void read_view(void)
{
	_exit(*(const volatile char *)view.addr);
}

TEST(not_promised_same_user_shrinks_a_file)
{
	struct sealmem_descriptor parts = { 0 };

	make_file_region();
	EXPECT_EQ(FILL, in_child(read_view));
	EXPECT_EQ(0, in_child(shrink_from_outside));
	EXPECT_EQ(-SIGBUS, in_child(read_view));
	/* It is no longer what is declared, so it arrives nowhere. */
	ASSERT_OK(sealmem_readonly_region_export(&region, &parts));
	EXPECT_EQ(SEALMEM_REFUSAL_SIZE_MISMATCH,
		  import_with(&parts, SEALMEM_KIND_READONLY, &unsealed));
	drop_file_region();
}

static void attack_as_nobody(void)
{
	int fd = sealmem_readonly_region_fd(&region);
	char path[64];

	if (setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		_exit(1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	EXPECT_ERRNO(EACCES, open(path, O_RDWR));
	EXPECT_ERRNO(EACCES, open(path, O_RDONLY));
	EXPECT_ERRNO(EPERM, fchmod(fd, 0666));
	EXPECT_ERRNO(EINVAL, ftruncate(fd, 0));
	EXPECT_ERRNO(EBADF, pwrite(fd, "x", 1, 0));
}

/* Its mode is what holds, against those whom a mode holds. */
TEST(other_user_cannot_open_a_file_again)
{
	if (getuid() != 0)
		SKIP("needs root to become another user");
	make_file_region();
	EXPECT_EQ(0, in_child(attack_as_nobody));
	EXPECT_TRUE(is_filled(view.addr, FILL, SIZE));
	drop_file_region();
}

/* --- through a channel ---------------------------------------------------- */

TEST(peer_receives_it_by_name_alone)
{
	struct sealmem_channel ours = { 0 }, theirs = { 0 };
	struct sealmem_received_region received = { 0 };
	uint32_t refusal = SEALMEM_REFUSAL_NONE;

	make_file_region();
	ASSERT_OK(sealmem_channel_pair(&ours, &theirs));
	ASSERT_OK(sealmem_channel_send_readonly(&ours, &region, NULL));
	EXPECT_ERR(EPROTO, sealmem_channel_receive(&theirs, NULL, 1000,
						   &received, &refusal));
	EXPECT_EQ(SEALMEM_REFUSAL_NO_SHRINK_SEAL, refusal);
	ASSERT_OK(sealmem_channel_send_readonly(&ours, &region, NULL));
	ASSERT_OK(sealmem_channel_receive(&theirs, &unsealed, 1000, &received,
					  &refusal));
	EXPECT_EQ(SEALMEM_LEVEL_FILE,
		  sealmem_readonly_region_level(&received.as.readonly));
	sealmem_received_region_close(&received);
	sealmem_channel_close(&ours);
	sealmem_channel_close(&theirs);
	drop_file_region();
}

/* --- arrival -------------------------------------------------------------- */

/* A file of one page, by the descriptor that a kind of region has. */
static int file_for(enum sealmem_kind kind, mode_t mode)
{
	int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	ASSERT_SYS(fd);
	ASSERT_SYS(ftruncate(fd, (off_t)page_size()));
	ASSERT_EQ(1, pwrite(fd, "", 1, 0));
	if (kind == SEALMEM_KIND_READONLY) {
		char path[64];
		int again;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		again = open(path, O_RDONLY | O_CLOEXEC);
		close(fd);
		fd = again;
	}
	ASSERT_SYS(fchmod(fd, mode));
	return fd;
}

static uint32_t file_as(enum sealmem_kind kind, mode_t mode, uint64_t size,
			const struct sealmem_policy *policy)
{
	struct sealmem_descriptor parts =
		declare(file_for(kind, mode), kind, size);

	return import_with(&parts, kind, policy);
}

TEST(nobody_takes_it_unasked)
{
	struct sealmem_policy upstream = {
		.struct_size = sizeof(upstream),
		.flags = SEALMEM_POLICY_UPSTREAM | SEALMEM_POLICY_HOLES,
	};

	need_shm();
	for (enum sealmem_kind kind = SEALMEM_KIND_READONLY;
	     kind <= SEALMEM_KIND_UNSAFE; kind++) {
		EXPECT_EQ(SEALMEM_REFUSAL_NO_SHRINK_SEAL,
			  file_as(kind, 0400, page_size(), NULL));
		EXPECT_EQ(SEALMEM_REFUSAL_NO_SHRINK_SEAL,
			  file_as(kind, 0400, page_size(), &upstream));
		EXPECT_EQ(SEALMEM_REFUSAL_NONE,
			  file_as(kind, 0400, page_size(), &unsealed));
	}
}

TEST(region_that_arrived_says_its_level)
{
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_readonly_region arrived = { 0 };
	struct sealmem_descriptor parts;

	need_shm();
	parts = declare(file_for(SEALMEM_KIND_READONLY, 0400),
			SEALMEM_KIND_READONLY, SIZE);
	ASSERT_OK(sealmem_readonly_region_import(&parts, &unsealed, &arrived));
	EXPECT_EQ(SEALMEM_LEVEL_FILE, sealmem_readonly_region_level(&arrived));
	sealmem_readonly_region_close(&arrived);

	parts = declare(file_for(SEALMEM_KIND_WRITABLE, 0600),
			SEALMEM_KIND_WRITABLE, SIZE);
	ASSERT_OK(sealmem_writable_region_import(&parts, &unsealed, &writable));
	EXPECT_FALSE(sealmem_writable_region_is_size_sealed(&writable));
	EXPECT_ERR(EOPNOTSUPP,
		   sealmem_writable_region_freeze(&writable, &arrived));
	ASSERT_OK(sealmem_writable_region_to_readonly(&writable, &arrived));
	EXPECT_EQ(SEALMEM_LEVEL_FILE, sealmem_readonly_region_level(&arrived));
	sealmem_readonly_region_close(&arrived);
}

static uint32_t unsealed_from(struct recipe recipe, enum sealmem_kind kind)
{
	return import_cooked(recipe, kind, &unsealed);
}

TEST(policy_still_refuses_what_is_not_as_declared)
{
	const size_t page = page_size();
	int fds[2];
	struct sealmem_descriptor parts;

	need_shm();
	EXPECT_EQ(SEALMEM_REFUSAL_SIZE_MISMATCH,
		  file_as(SEALMEM_KIND_READONLY, 0400, page + 1, &unsealed));
	EXPECT_EQ(SEALMEM_REFUSAL_EXECUTABLE,
		  file_as(SEALMEM_KIND_READONLY, 0500, page, &unsealed));
	EXPECT_EQ(SEALMEM_REFUSAL_ACCESS_MODE,
		  unsealed_from((struct recipe){ .access = O_RDWR },
				SEALMEM_KIND_READONLY));
	EXPECT_EQ(SEALMEM_REFUSAL_ACCESS_MODE,
		  unsealed_from((struct recipe){ .access = O_WRONLY },
				SEALMEM_KIND_UNSAFE));
	EXPECT_EQ(SEALMEM_REFUSAL_HOLE,
		  unsealed_from((struct recipe){ .has_hole = true },
				SEALMEM_KIND_READONLY));
	EXPECT_EQ(SEALMEM_REFUSAL_WRITE_SEALED,
		  unsealed_from((struct recipe){ .seals = F_SEAL_FUTURE_WRITE,
						 .access = O_RDWR },
				SEALMEM_KIND_UNSAFE));
	/* Not on tmpfs: refused before it is asked anything that may block. */
	ASSERT_SYS(pipe2(fds, O_CLOEXEC));
	close(fds[1]);
	parts = declare(fds[0], SEALMEM_KIND_READONLY, page);
	EXPECT_EQ(SEALMEM_REFUSAL_NOT_SEALABLE,
		  import_with(&parts, SEALMEM_KIND_READONLY, &unsealed));
	parts = declare(open("/proc/self/status", O_RDONLY | O_CLOEXEC),
			SEALMEM_KIND_READONLY, page);
	EXPECT_EQ(SEALMEM_REFUSAL_NOT_SEALABLE,
		  import_with(&parts, SEALMEM_KIND_READONLY, &unsealed));
}

/* Sealed by half is still to be sealed as its kind demands. */
TEST(policy_demands_all_seals_of_what_has_its_size_sealed)
{
	struct sealmem_readonly_region arrived = { 0 };
	struct recipe live = { .seals = LIVE_SEALS };
	struct sealmem_descriptor parts;

	EXPECT_EQ(SEALMEM_REFUSAL_NO_SEAL_SEAL,
		  unsealed_from((struct recipe){ .seals = SIZE_SEALS },
				SEALMEM_KIND_READONLY));
	EXPECT_EQ(SEALMEM_REFUSAL_NO_WRITE_SEAL,
		  unsealed_from((struct recipe){ .seals = UNSAFE_SEALS },
				SEALMEM_KIND_READONLY));
	/* And what is better is called what it is. */
	parts = declare(cook(&live), SEALMEM_KIND_READONLY, page_size());
	ASSERT_OK(sealmem_readonly_region_import(&parts, &unsealed, &arrived));
	EXPECT_EQ(SEALMEM_LEVEL_LIVE, sealmem_readonly_region_level(&arrived));
	sealmem_readonly_region_close(&arrived);
}

/* As Chromium without memfd_create makes it: as long as was asked for. */
TEST(temporary_file_of_upstream_takes_both_policies)
{
	struct sealmem_policy both = {
		.struct_size = sizeof(both),
		.flags = SEALMEM_POLICY_UPSTREAM | SEALMEM_POLICY_UNSEALED,
	};
	struct sealmem_descriptor parts;

	for (int i = 0; i < 2; i++) {
		int fd;

		need_shm();
		fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		ASSERT_SYS(fd);
		ASSERT_SYS(ftruncate(fd, SIZE));
		parts = declare(fd, SEALMEM_KIND_UNSAFE, SIZE);
		EXPECT_EQ(i ? SEALMEM_REFUSAL_NONE :
			      SEALMEM_REFUSAL_SIZE_MISMATCH,
			  import_with(&parts, SEALMEM_KIND_UNSAFE,
				      i ? &both : &unsealed));
	}
}

TH_MAIN
