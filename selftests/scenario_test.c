/* SPDX-License-Identifier: MIT */
/*
 * What was set up before a seal: by the caller, who can outlive it that way, by
 * a reader, who can hold it off, and by another holder, who can come first.
 */
#include <limits.h>
#include <sched.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "kinds.h"
#include "selftests/routes/ring.h"

#define SIZE 1024
#define MARK 'm'

static int reopen_readonly(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* A writable region full of FILL that nothing maps. */
static void make_unmapped(struct made *made)
{
	ASSERT_OK(made_create(made, SEALMEM_KIND_WRITABLE, SIZE));
	sealmem_writable_mapping_unmap(&made->writer);
}

/* What a reader of the region finds in its first byte. */
static int first_byte(const struct sealmem_readonly_region *region)
{
	struct sealmem_readonly_mapping view = { 0 };
	int byte;

	ASSERT_OK(sealmem_readonly_region_map(region, &view));
	byte = *(const volatile unsigned char *)view.addr;
	sealmem_readonly_mapping_unmap(&view);
	return byte;
}

/* --- what survives the seal ----------------------------------------------- */

static int store_mark(void *addr)
{
	*(volatile char *)addr = MARK;
	return 0;
}

/* There only in programs built with ThreadSanitizer. */
void __tsan_init(void) __attribute__((weak));

/* Where vfork goes: MADV_DONTFORK is about copies, and this makes none. */
static void run_in_same_memory(int (*run)(void *), void *argument)
{
	static _Alignas(16) char stack[256 * 1024];
	int status;
	pid_t child = clone(run, stack + sizeof(stack),
			    CLONE_VM | CLONE_VFORK | SIGCHLD, argument);

	ASSERT_SYS(child);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST(not_promised_child_in_the_same_memory)
{
	struct made live;

	/* It takes the child's memory for a copy, and gives up. */
	if (__tsan_init)
		SKIP("ThreadSanitizer does not know CLONE_VM");
	ASSERT_OK(made_create(&live, SEALMEM_KIND_READONLY, SIZE));
	run_in_same_memory(store_mark, live.writer.addr);
	EXPECT_EQ(MARK, first_byte(&live.readonly));
	made_close(&live);
}

/* The kernel looks at the descriptor that a mapping was made from. */
TEST(not_promised_readonly_mapping_of_the_writable_descriptor)
{
	struct made made;
	struct sealmem_readonly_region live = { 0 };
	void *early;

	make_unmapped(&made);
	early = map_shared(made_fd(&made), SIZE, PROT_READ);
	ASSERT_TRUE(early != MAP_FAILED);
	ASSERT_OK(sealmem_writable_region_to_readonly(&made.writable, &live));
	EXPECT_EQ(FILL, first_byte(&live));
	ASSERT_SYS(mprotect(early, SIZE, PROT_READ | PROT_WRITE));
	store_mark(early);
	EXPECT_EQ(MARK, first_byte(&live));
	munmap(early, SIZE);
	sealmem_readonly_region_close(&live);
}

TEST(readonly_mapping_cannot_be_made_writable)
{
	struct made live;
	struct sealmem_readonly_region frozen = { 0 };
	struct sealmem_readonly_mapping a = { 0 }, b = { 0 };
	const int both = PROT_READ | PROT_WRITE;

	ASSERT_OK(made_create(&live, SEALMEM_KIND_READONLY, SIZE));
	ASSERT_OK(sealmem_readonly_region_create_from("f", 1, NULL, &frozen));
	ASSERT_OK(sealmem_readonly_region_map(&live.readonly, &a));
	ASSERT_OK(sealmem_readonly_region_map(&frozen, &b));
	EXPECT_ERRNO(EACCES, mprotect((void *)a.addr, SIZE, both));
	EXPECT_ERRNO(EACCES, mprotect((void *)b.addr, 1, both));
	store_mark(live.writer.addr);
	EXPECT_EQ(MARK, *(const char *)a.addr);
	EXPECT_EQ('f', *(const char *)b.addr);
	sealmem_readonly_mapping_unmap(&a);
	sealmem_readonly_mapping_unmap(&b);
	sealmem_readonly_region_close(&frozen);
	made_close(&live);
}

/* Its holder may copy the writer's mapping; the last of them ends writing. */
TEST(not_promised_copy_of_the_writers_mapping)
{
	struct made live;
	void *copy;
	int again;

	ASSERT_OK(made_create(&live, SEALMEM_KIND_READONLY, SIZE));
	copy = mremap(live.writer.addr, 0, SIZE, MREMAP_MAYMOVE);
	ASSERT_TRUE(copy != MAP_FAILED);
	sealmem_writable_mapping_unmap(&live.writer);
	store_mark(copy);
	EXPECT_EQ(MARK, first_byte(&live.readonly));
	munmap(copy, SIZE);
	again = reopen_readwrite(made_fd(&live));
	ASSERT_SYS(again);
	EXPECT_MAP_ERRNO(EPERM, map_shared(again, SIZE, PROT_WRITE));
	close(again);
	made_close(&live);
}

/* A ring that knows the writer's first page as its buffer 0. */
static void register_writer(struct made *made, struct ring *ring)
{
	struct iovec buffer = { made->writer.addr, page_size() };
	struct attacker why = { 0 };
	int ret;

	if (ring_open(&why, ring) != 0) {
		made_close(made);
		SKIP("no io_uring here: %s", why.why);
	}
	ret = ring_register(ring, IORING_REGISTER_BUFFERS, &buffer, 1);
	if (ret == -ENOMEM) {
		close(ring->fd);
		made_close(made);
		SKIP("RLIMIT_MEMLOCK allows no registered buffer");
	}
	ASSERT_EQ(0, ret);
}

/* Have the kernel write there, though nothing maps it any more. */
static int write_by_ring(struct ring *ring, const void *addr)
{
	struct io_uring_sqe request = {
		.opcode = IORING_OP_READ_FIXED,
		.addr = (uintptr_t)addr,
		.len = 1,
		.off = (uint64_t)-1,
	};
	const char mark = MARK;
	int fds[2], ret;

	ASSERT_SYS(pipe2(fds, O_CLOEXEC));
	ASSERT_EQ(1, write(fds[1], &mark, 1));
	request.fd = fds[0];
	ret = ring_run(ring, &request);
	close(fds[0]);
	close(fds[1]);
	return ret;
}

TEST(not_promised_registered_buffer)
{
	struct sealmem_readonly_region live = { 0 };
	struct made made;
	struct ring ring;
	void *addr;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_WRITABLE, SIZE));
	register_writer(&made, &ring);
	addr = made.writer.addr;
	ASSERT_OK(sealmem_writable_region_to_readonly(&made.writable, &live));
	sealmem_writable_mapping_unmap(&made.writer);
	EXPECT_EQ(FILL, first_byte(&live));
	EXPECT_EQ(1, write_by_ring(&ring, addr));
	EXPECT_EQ(MARK, first_byte(&live));
	close(ring.fd);
	sealmem_readonly_region_close(&live);
}

TEST(registered_buffer_holds_off_freezing)
{
	struct sealmem_readonly_region frozen = { 0 };
	struct made made;
	struct ring ring;
	unsigned int seals;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_WRITABLE, SIZE));
	register_writer(&made, &ring);
	sealmem_writable_mapping_unmap(&made.writer);
	seals = seals_of(made_fd(&made));
	EXPECT_ERR(EBUSY,
		   sealmem_writable_region_freeze(&made.writable, &frozen));
	EXPECT_EQ(seals, seals_of(made_fd(&made)));
	EXPECT_TRUE(sealmem_readonly_region_is_empty(&frozen));
	ASSERT_EQ(0, ring_register(&ring, IORING_UNREGISTER_BUFFERS, NULL, 0));
	EXPECT_OK(sealmem_writable_region_freeze(&made.writable, &frozen));
	EXPECT_EQ(FILL, first_byte(&frozen));
	close(ring.fd);
	sealmem_readonly_region_close(&frozen);
	made_close(&made);
}

/* --- who can hold off freezing -------------------------------------------- */

/* What somebody does to the pages, and how much of them it still has. */
struct grip {
	int fds[2];
	void *map;
};

static void grip_splice(int fd, struct grip *grip)
{
	int reader = reopen_readonly(fd);

	ASSERT_SYS(reader);
	ASSERT_SYS(pipe2(grip->fds, O_CLOEXEC));
	ASSERT_EQ(1, splice(reader, NULL, grip->fds[1], NULL, 1, 0));
	close(reader);
}

static void grip_vmsplice(int fd, struct grip *grip)
{
	int reader = reopen_readonly(fd);
	struct iovec one = { .iov_len = 1 };

	ASSERT_SYS(reader);
	grip->map = map_shared(reader, SIZE, PROT_READ);
	ASSERT_TRUE(grip->map != MAP_FAILED);
	one.iov_base = grip->map;
	ASSERT_SYS(pipe2(grip->fds, O_CLOEXEC));
	ASSERT_EQ(1, vmsplice(grip->fds[1], &one, 1, 0));
	close(reader);
}

static void grip_sendfile(int fd, struct grip *grip)
{
	int reader = reopen_readonly(fd);

	ASSERT_SYS(reader);
	ASSERT_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			      grip->fds));
	ASSERT_EQ(1, sendfile(grip->fds[1], reader, NULL, 1));
	close(reader);
}

static void grip_map(int fd, struct grip *grip, int prot, int flags)
{
	grip->map = mmap(NULL, SIZE, prot, flags, fd, 0);
	ASSERT_TRUE(grip->map != MAP_FAILED);
}

static void grip_map_write(int fd, struct grip *grip)
{
	grip_map(fd, grip, PROT_READ | PROT_WRITE, MAP_SHARED);
}

static void grip_map_read(int fd, struct grip *grip)
{
	grip_map(fd, grip, PROT_READ, MAP_SHARED);
}

static void grip_map_none(int fd, struct grip *grip)
{
	grip_map(fd, grip, PROT_NONE, MAP_SHARED);
}

static void grip_map_by_reader(int fd, struct grip *grip)
{
	int reader = reopen_readonly(fd);

	ASSERT_SYS(reader);
	grip_map(reader, grip, PROT_READ, MAP_SHARED);
	EXPECT_EQ(FILL, *(volatile char *)grip->map);
	close(reader);
}

/* Copied on write: the page that it has is its own. */
static void grip_map_private(int fd, struct grip *grip)
{
	grip_map(fd, grip, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	store_mark(grip->map);
}

static void grip_release(struct grip *grip)
{
	if (grip->map)
		munmap(grip->map, SIZE);
	for (int i = 0; i < 2; i++)
		if (grip->fds[i] >= 0)
			close(grip->fds[i]);
	*grip = (struct grip){ .fds = { -1, -1 } };
}

FIXTURE(veto)
{
	struct made made;
	struct grip grip;
	struct sealmem_readonly_region frozen;
};

FIXTURE_VARIANT(veto)
{
	void (*take)(int fd, struct grip *grip);
	bool is_none;
};

FIXTURE_VARIANT_ADD(veto, spliced_page) { .take = grip_splice };
FIXTURE_VARIANT_ADD(veto, vmspliced_page) { .take = grip_vmsplice };
FIXTURE_VARIANT_ADD(veto, page_in_a_socket) { .take = grip_sendfile };
FIXTURE_VARIANT_ADD(veto, writable_map) { .take = grip_map_write };
FIXTURE_VARIANT_ADD(veto, map_for_reading) { .take = grip_map_read };
FIXTURE_VARIANT_ADD(veto, map_for_nothing) { .take = grip_map_none };
FIXTURE_VARIANT_ADD(veto, map_of_a_reader)
{
	.take = grip_map_by_reader, .is_none = true,
};
FIXTURE_VARIANT_ADD(veto, private_map)
{
	.take = grip_map_private, .is_none = true,
};

FIXTURE_SETUP(veto)
{
	make_unmapped(&self->made);
	self->grip = (struct grip){ .fds = { -1, -1 } };
	variant->take(made_fd(&self->made), &self->grip);
}

FIXTURE_TEARDOWN(veto)
{
	grip_release(&self->grip);
	sealmem_readonly_region_close(&self->frozen);
	made_close(&self->made);
}

TEST_F(veto, freeze)
{
	struct sealmem_writable_region *region = &self->made.writable;
	unsigned int seals = seals_of(made_fd(&self->made));

	if (!variant->is_none) {
		EXPECT_ERR(EBUSY, sealmem_writable_region_freeze(region,
							 &self->frozen));
		EXPECT_EQ(seals, seals_of(made_fd(&self->made)));
		EXPECT_TRUE(sealmem_readonly_region_is_empty(&self->frozen));
		grip_release(&self->grip);
	}
	ASSERT_OK(sealmem_writable_region_freeze(region, &self->frozen));
	EXPECT_TRUE(sealmem_readonly_region_is_frozen(&self->frozen));
	EXPECT_EQ(FILL, first_byte(&self->frozen));
}

/* How a live region is frozen whatever its readers do: by copying it. */
TEST(copy_of_gripped_memory_is_frozen)
{
	struct grip grip = { .fds = { -1, -1 } };
	struct made live;

	ASSERT_OK(made_create(&live, SEALMEM_KIND_READONLY, SIZE));
	grip_vmsplice(made_fd(&live), &grip);
	for (int i = 0; i < 20; i++) {
		struct sealmem_readonly_region copy = { 0 };

		ASSERT_OK(sealmem_readonly_region_create_from(
			live.writer.addr, SIZE, NULL, &copy));
		EXPECT_TRUE(sealmem_readonly_region_is_frozen(&copy));
		EXPECT_EQ(FILL, first_byte(&copy));
		sealmem_readonly_region_close(&copy);
	}
	grip_release(&grip);
	made_close(&live);
}

TH_MAIN
