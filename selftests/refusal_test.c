/* SPDX-License-Identifier: MIT */
/*
 * Every reason for which import refuses a descriptor for what it is, with one
 * that earns it. Each refusal closes the descriptor, as import_with() checks.
 */
#include <limits.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "recipe.h"

static void expect_refused(enum sealmem_refusal refusal, int fd)
{
	static const enum sealmem_kind kinds[] = {
		SEALMEM_KIND_READONLY,
		SEALMEM_KIND_WRITABLE,
		SEALMEM_KIND_UNSAFE,
	};

	for (int i = 0; i < 3; i++) {
		struct sealmem_descriptor parts = declare(
			fcntl(fd, F_DUPFD_CLOEXEC, 0), kinds[i], page_size());

		EXPECT_EQ(refusal, import_with(&parts, kinds[i], NULL));
	}
	close(fd);
}

TEST(refuses_a_pipe)
{
	int fds[2];

	ASSERT_SYS(pipe2(fds, O_CLOEXEC));
	expect_refused(SEALMEM_REFUSAL_NOT_SEALABLE, fds[0]);
	expect_refused(SEALMEM_REFUSAL_NOT_SEALABLE, fds[1]);
}

TEST(refuses_a_socket)
{
	int fds[2];

	ASSERT_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	expect_refused(SEALMEM_REFUSAL_NOT_SEALABLE, fds[0]);
	expect_refused(SEALMEM_REFUSAL_NOT_SEALABLE, fds[1]);
}

TEST(refuses_a_directory)
{
	/* procfs is never tmpfs, which answers as if it could be sealed. */
	expect_refused(SEALMEM_REFUSAL_NOT_SEALABLE,
		       open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

TEST(refuses_a_device)
{
	expect_refused(SEALMEM_REFUSAL_NOT_SEALABLE,
		       open("/dev/zero", O_RDWR | O_CLOEXEC));
}

TEST(refuses_an_eventfd)
{
	expect_refused(SEALMEM_REFUSAL_NOT_SEALABLE, eventfd(0, EFD_CLOEXEC));
}

TEST(refuses_a_file_of_procfs)
{
	expect_refused(SEALMEM_REFUSAL_NOT_SEALABLE,
		       open("/proc/self/status", O_RDONLY | O_CLOEXEC));
}

TEST(refuses_o_path)
{
	struct recipe live = { .seals = LIVE_SEALS };
	char path[64];
	int fd = cook(&live), again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_PATH | O_CLOEXEC);
	close(fd);
	expect_refused(SEALMEM_REFUSAL_PATH_ONLY, again);
}

TEST(refuses_a_closed_descriptor)
{
	struct sealmem_descriptor parts = declare(0, SEALMEM_KIND_READONLY, 1);

	parts.fd = -1;
	EXPECT_EQ(SEALMEM_REFUSAL_PATH_ONLY,
		  import_with(&parts, SEALMEM_KIND_READONLY, NULL));
	parts = declare(0, SEALMEM_KIND_READONLY, 1);
	parts.fd = 1000;
	EXPECT_EQ(SEALMEM_REFUSAL_PATH_ONLY,
		  import_with(&parts, SEALMEM_KIND_READONLY, NULL));
}

/* Any file on a tmpfs answers F_GET_SEALS; it just never has the right ones. */
TEST(refuses_a_tmpfs_file)
{
	int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		SKIP("no tmpfs at /dev/shm: %s", strerror(errno));
	ASSERT_SYS(ftruncate(fd, (off_t)page_size()));
	expect_refused(SEALMEM_REFUSAL_NO_SHRINK_SEAL, fd);
}

TEST(refuses_a_plain_memfd)
{
	int fd = memfd_create("plain", MFD_CLOEXEC);

	ASSERT_SYS(fd);
	ASSERT_SYS(ftruncate(fd, (off_t)page_size()));
	expect_refused(SEALMEM_REFUSAL_NO_SHRINK_SEAL, fd);
}

TEST(refuses_each_missing_seal)
{
	for (unsigned int i = 0; i < 2; i++) {
		unsigned int all = i ? LIVE_SEALS : FROZEN_SEALS;

		EXPECT_EQ(SEALMEM_REFUSAL_NO_SHRINK_SEAL,
			  readonly_from((struct recipe){
				  .seals = all & ~(unsigned)F_SEAL_SHRINK }));
		EXPECT_EQ(SEALMEM_REFUSAL_NO_GROW_SEAL,
			  readonly_from((struct recipe){
				  .seals = all & ~(unsigned)F_SEAL_GROW }));
		EXPECT_EQ(SEALMEM_REFUSAL_NO_SEAL_SEAL,
			  readonly_from((struct recipe){
				  .seals = all & ~(unsigned)F_SEAL_SEAL }));
	}
	EXPECT_EQ(SEALMEM_REFUSAL_NO_WRITE_SEAL,
		  readonly_from((struct recipe){ .seals = UNSAFE_SEALS }));
	EXPECT_EQ(SEALMEM_REFUSAL_NO_SHRINK_SEAL,
		  unsafe_from((struct recipe){
			  .seals = UNSAFE_SEALS & ~(unsigned)F_SEAL_SHRINK }));
	EXPECT_EQ(SEALMEM_REFUSAL_NO_GROW_SEAL,
		  unsafe_from((struct recipe){
			  .seals = UNSAFE_SEALS & ~(unsigned)F_SEAL_GROW }));
	EXPECT_EQ(SEALMEM_REFUSAL_NO_SEAL_SEAL,
		  unsafe_from((struct recipe){ .seals = SIZE_SEALS }));
	EXPECT_EQ(SEALMEM_REFUSAL_NO_SHRINK_SEAL,
		  writable_from((struct recipe){ .seals = F_SEAL_GROW }));
	EXPECT_EQ(SEALMEM_REFUSAL_NO_GROW_SEAL,
		  writable_from((struct recipe){ .seals = F_SEAL_SHRINK }));
}

/* A seal takes a right away: forbidden where the kind is that right. */
TEST(refuses_extra_seals)
{
	EXPECT_EQ(SEALMEM_REFUSAL_WRITE_SEALED,
		  unsafe_from((struct recipe){ .seals = LIVE_SEALS }));
	EXPECT_EQ(SEALMEM_REFUSAL_WRITE_SEALED,
		  unsafe_from((struct recipe){ .seals = FROZEN_SEALS }));
	EXPECT_EQ(SEALMEM_REFUSAL_SEAL_SEALED,
		  writable_from((struct recipe){ .seals = UNSAFE_SEALS }));
	EXPECT_EQ(SEALMEM_REFUSAL_WRITE_SEALED,
		  writable_from((struct recipe){
			  .seals = SIZE_SEALS | F_SEAL_FUTURE_WRITE }));
	EXPECT_EQ(SEALMEM_REFUSAL_WRITE_SEALED,
		  writable_from((struct recipe){
			  .seals = SIZE_SEALS | F_SEAL_WRITE }));
}

TEST(accepts_extra_seals_that_do_not_matter)
{
	EXPECT_EQ(SEALMEM_REFUSAL_NONE,
		  readonly_from((struct recipe){
			  .seals = LIVE_SEALS | F_SEAL_WRITE }));
	if (!(sealmem_features() & SEALMEM_FEATURE_NOEXEC_SEAL))
		SKIP("this kernel has no F_SEAL_EXEC");
	EXPECT_EQ(SEALMEM_REFUSAL_NONE,
		  readonly_from((struct recipe){
			  .seals = LIVE_SEALS | F_SEAL_EXEC }));
	EXPECT_EQ(SEALMEM_REFUSAL_NONE,
		  unsafe_from((struct recipe){
			  .seals = UNSAFE_SEALS | F_SEAL_EXEC }));
}

TEST(refuses_an_x_bit)
{
	static const mode_t bits[] = { 0100, 0010, 0001 };

	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(SEALMEM_REFUSAL_EXECUTABLE,
			  readonly_from((struct recipe){
				  .seals = LIVE_SEALS,
				  .mode = 0400 | bits[i] }));
		EXPECT_EQ(SEALMEM_REFUSAL_EXECUTABLE,
			  unsafe_from((struct recipe){
				  .seals = UNSAFE_SEALS,
				  .mode = 0400 | bits[i] }));
	}
}

static uint32_t declared_as(uint64_t size)
{
	struct recipe live = { .seals = LIVE_SEALS,
			       .size = (off_t)(2 * page_size()) };
	struct sealmem_descriptor parts =
		declare(cook(&live), SEALMEM_KIND_READONLY, size);

	return import_with(&parts, SEALMEM_KIND_READONLY, NULL);
}

TEST(refuses_a_wrong_size)
{
	const size_t page = page_size();

	EXPECT_EQ(SEALMEM_REFUSAL_NONE, declared_as(2 * page));
	EXPECT_EQ(SEALMEM_REFUSAL_NONE, declared_as(page + 1));
	EXPECT_EQ(SEALMEM_REFUSAL_SIZE_MISMATCH, declared_as(2 * page + 1));
	EXPECT_EQ(SEALMEM_REFUSAL_SIZE_MISMATCH, declared_as(page));
	EXPECT_EQ(SEALMEM_REFUSAL_SIZE_MISMATCH, declared_as(1));
	EXPECT_EQ(SEALMEM_REFUSAL_SIZE_MISMATCH, declared_as(INT_MAX));
	/* A file that ends inside a page has a tail that nobody counts. */
	EXPECT_EQ(SEALMEM_REFUSAL_SIZE_MISMATCH,
		  readonly_from((struct recipe){ .seals = LIVE_SEALS,
						 .size = SIZE }));
}

TEST(refuses_a_hole)
{
	struct sealmem_policy policy = {
		.struct_size = sizeof(policy),
		.flags = SEALMEM_POLICY_HOLES,
	};
	struct recipe holed = {
		.seals = LIVE_SEALS,
		.size = (off_t)(2 * page_size()),
		.has_hole = true,
	};

	EXPECT_EQ(SEALMEM_REFUSAL_HOLE, readonly_from(holed));
	EXPECT_EQ(SEALMEM_REFUSAL_NONE,
		  import_cooked(holed, SEALMEM_KIND_READONLY, &policy));
}

#ifndef MFD_HUGETLB
#define MFD_HUGETLB 0x0004U
#endif

TEST(refuses_huge_pages)
{
	int fd = memfd_create("huge", MFD_CLOEXEC | MFD_ALLOW_SEALING |
					      MFD_HUGETLB);
	struct sealmem_descriptor parts;

	if (fd < 0)
		SKIP("no huge pages here: %s", strerror(errno));
	ASSERT_SYS(fcntl(fd, F_ADD_SEALS, UNSAFE_SEALS));
	parts = declare(fd, SEALMEM_KIND_UNSAFE, page_size());
	EXPECT_EQ(SEALMEM_REFUSAL_NOT_SHMEM,
		  import_with(&parts, SEALMEM_KIND_UNSAFE, NULL));
}

TH_MAIN
