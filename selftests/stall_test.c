/* SPDX-License-Identifier: MIT */
/*
 * A peer passes a file of a file system that never answers: here one of our
 * own, spoken to in the kernel's FUSE protocol, that leaves FLUSH (which close
 * sends and waits for) and GETATTR (fstat) unanswered. Or it passes memory that
 * it keeps busy.
 */
#include <linux/fuse.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "channel_peer.h"

#define FILE_NODE 2

static char folder[] = "/tmp/sealmem-stall-XXXXXX";
static int fuse_fd;
static volatile bool is_mute;

static void answer(uint64_t unique, int error, const void *data, size_t size)
{
	char reply[512];
	struct fuse_out_header header = {
		.len = (uint32_t)(sizeof(header) + size),
		.error = error,
		.unique = unique,
	};

	memcpy(reply, &header, sizeof(header));
	if (size > 0)
		memcpy(reply + sizeof(header), data, size);
	if (write(fuse_fd, reply, header.len) < 0)
		return;
}

static struct fuse_attr attributes(uint64_t node)
{
	return (struct fuse_attr){
		.ino = node,
		.size = node == FILE_NODE ? 65536 : 0,
		.mode = node == FILE_NODE ? S_IFREG | 0666 : S_IFDIR | 0755,
		.nlink = 1,
	};
}

static void answer_init(uint64_t unique)
{
	struct fuse_init_out out = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = 65536,
	};

	answer(unique, 0, &out, sizeof(out));
}

static void serve(const struct fuse_in_header *in)
{
	struct fuse_entry_out entry = { .nodeid = FILE_NODE,
					.attr = attributes(FILE_NODE) };
	struct fuse_attr_out attr = { .attr = attributes(in->nodeid) };
	struct fuse_open_out opened = { .fh = 1 };

	switch (in->opcode) {
	case FUSE_INIT:
		answer_init(in->unique);
		break;
	case FUSE_LOOKUP:
		answer(in->unique, 0, &entry, sizeof(entry));
		break;
	case FUSE_OPEN:
		answer(in->unique, 0, &opened, sizeof(opened));
		break;
	case FUSE_FLUSH:
		break;
	case FUSE_GETATTR:
		if (!is_mute)
			answer(in->unique, 0, &attr, sizeof(attr));
		break;
	default:
		answer(in->unique, -ENOSYS, NULL, 0);
	}
}

static void *run_server(void *unused)
{
	static char request[FUSE_MIN_READ_BUFFER + 65536];

	/* Ends with ENODEV when the file system is unmounted. */
	while (read(fuse_fd, request, sizeof(request)) > 0 || errno == EINTR)
		serve((const struct fuse_in_header *)request);
	return unused;
}

static bool mount_fuse(void)
{
	char options[128];

	fuse_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fuse_fd < 0)
		return false;
	if (unshare(CLONE_NEWNS) < 0 || !mkdtemp(folder))
		return false;
	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse_fd);
	return mount("stall", folder, "fuse", 0, options) == 0;
}

static int open_file(void)
{
	char path[sizeof(folder) + 8];

	snprintf(path, sizeof(path), "%s/file", folder);
	return open(path, O_RDWR | O_CLOEXEC);
}

/* Lets everybody go who still waits, and takes them in. */
static void end(pthread_t server)
{
	umount2(folder, MNT_FORCE | MNT_DETACH);
	pthread_join(server, NULL);
	close(fuse_fd);
	rmdir(folder);
	while (waitpid(-1, NULL, __WALL) > 0)
		;
}

/* Its file, of which nothing can be asked from now on. */
static int start(pthread_t *ret_server)
{
	int fd;

	if (!mount_fuse()) {
		TH_LOG("mount: %s", strerror(errno));
		SKIP("needs root and /dev/fuse");
	}
	ASSERT_SYS(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	ASSERT_EQ(0, pthread_create(ret_server, NULL, run_server, NULL));
	fd = open_file();
	ASSERT_SYS(fd);
	is_mute = true;
	return fd;
}

TEST_TIMEOUT(a_file_system_that_never_answers, 30)
{
	struct sealmem_descriptor parts = {
		.kind = SEALMEM_KIND_READONLY,
		.size = 65536,
		.token = { 1, 2 },
	};
	struct sealmem_readonly_region region = { 0 };
	pthread_t server;
	int fd = start(&server);

	parts.fd = fd;
	EXPECT_ERR(EPROTO,
		   sealmem_readonly_region_import(&parts, NULL, &region));
	EXPECT_EQ(SEALMEM_REFUSAL_NOT_SEALABLE, parts.refusal);
	EXPECT_ERRNO(EBADF, fcntl(fd, F_GETFD));
	end(server);
}

/* In another table of descriptors, so that its last close is not here. */
static void send_from_a_child(struct sealmem_channel *channel, int fd)
{
	static struct letter letter;
	pid_t pid = fork();

	ASSERT_SYS(pid);
	if (!pid) {
		write_bytes(&letter, SEALMEM_KIND_READONLY, 65536);
		enclose(&letter, fd);
		send_letter(channel, &letter);
		_exit(0);
	}
}

/* Sent while nobody could know what is behind it; neither end waits for it. */
TEST_TIMEOUT(a_message_with_its_file, 30)
{
	struct sealmem_channel ours = { 0 }, theirs = { 0 };
	struct sealmem_received_region received = { 0 };
	uint32_t refusal = 0;
	pthread_t server;
	int fd = start(&server);

	ASSERT_OK(sealmem_channel_pair(&ours, &theirs));
	send_from_a_child(&theirs, fd);
	EXPECT_ERR(EPROTO, sealmem_channel_receive(&ours, NULL, -1, &received,
						   &refusal));
	EXPECT_EQ(SEALMEM_REFUSAL_NOT_SEALABLE, refusal);
	/* And one that is never received. */
	send_from_a_child(&theirs, fd);
	while (poll(&(struct pollfd){ sealmem_channel_fd(&ours), POLLIN, 0 },
		    1, -1) != 1)
		;
	sealmem_channel_close(&ours);
	sealmem_channel_close(&theirs);
	umount2(folder, MNT_FORCE | MNT_DETACH);
	close(fd);
	end(server);
}

/* ---- memory that is kept busy -------------------------------------------- */

/* A page that is not there until its owner says so. */
static void *withheld_page(int *ret_uffd)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register wanted = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	void *page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_TRUE(page != MAP_FAILED);
	*ret_uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (*ret_uffd < 0)
		SKIP("userfaultfd: %s", strerror(errno));
	ASSERT_SYS(ioctl(*ret_uffd, UFFDIO_API, &api));
	wanted.range.start = (uintptr_t)page;
	wanted.range.len = page_size();
	ASSERT_SYS(ioctl(*ret_uffd, UFFDIO_REGISTER, &wanted));
	return page;
}

struct busy {
	int fd;
	void *page;
	struct sealmem_descriptor parts;
	struct sealmem_writable_region writable;
	struct sealmem_readonly_region region;
	struct sealmem_unsafe_region unsafe;
};

/* While @hold waits for a page @wait is, or is not, done within a second. */
static void run_beside(struct busy *busy, void *(*hold)(void *),
		       void *(*wait)(void *), int wanted)
{
	struct uffdio_zeropage given = { 0 };
	struct timespec soon;
	pthread_t holder, waiter;
	int uffd;

	busy->page = withheld_page(&uffd);
	ASSERT_EQ(0, pthread_create(&holder, NULL, hold, busy));
	ASSERT_EQ(1, poll(&(struct pollfd){ uffd, POLLIN, 0 }, 1, -1));
	ASSERT_EQ(0, pthread_create(&waiter, NULL, wait, busy));
	clock_gettime(CLOCK_REALTIME, &soon);
	/* What is not held up may take its time on a busy machine. */
	soon.tv_sec += wanted ? 1 : 20;
	EXPECT_EQ(wanted, pthread_timedjoin_np(waiter, NULL, &soon));

	given.range.start = (uintptr_t)busy->page;
	given.range.len = page_size();
	ASSERT_SYS(ioctl(uffd, UFFDIO_ZEROPAGE, &given));
	if (wanted)
		ASSERT_EQ(0, pthread_join(waiter, NULL));
	ASSERT_EQ(0, pthread_join(holder, NULL));
	sealmem_readonly_region_close(&busy->region);
	sealmem_unsafe_region_close(&busy->unsafe);
	munmap(busy->page, page_size());
	close(busy->fd);
	close(uffd);
}

static void expect_held_up(struct busy *busy, void *(*hold)(void *),
			   void *(*wait)(void *))
{
	run_beside(busy, hold, wait, ETIMEDOUT);
}

static void expect_not_held_up(struct busy *busy, void *(*hold)(void *),
			       void *(*wait)(void *))
{
	run_beside(busy, hold, wait, 0);
}

static void *read_for_long(void *data)
{
	struct busy *busy = data;

	EXPECT_EQ(1, read(busy->fd, busy->page, 1));
	return NULL;
}

static void *import(void *data)
{
	struct busy *busy = data;

	EXPECT_OK(sealmem_readonly_region_import(&busy->parts, NULL,
						 &busy->region));
	return NULL;
}

/* The kernel has the open file locked while it waits for the page. */
TEST_TIMEOUT(not_promised_that_nobody_holds_the_open_file, 30)
{
	struct busy busy = { 0 };

	ASSERT_OK(sealmem_readonly_region_create_from("a", 1, NULL,
						      &busy.region));
	ASSERT_OK(sealmem_readonly_region_export(&busy.region, &busy.parts));
	busy.fd = dup(busy.parts.fd);
	expect_held_up(&busy, read_for_long, import);
}

static void *write_for_long(void *data)
{
	struct busy *busy = data;

	EXPECT_EQ(1, pwrite(busy->fd, busy->page, 1, 0));
	return NULL;
}

static const struct sealmem_policy nowait = {
	.struct_size = sizeof(nowait),
	.flags = SEALMEM_POLICY_NOWAIT,
};

/* What is not there is filled, where the kernel can. */
static void expect_readable(const struct sealmem_readonly_region *region,
			    char first)
{
	struct sealmem_readonly_mapping mapping = { 0 };
	int ret = sealmem_readonly_region_map(region, &mapping);

	if (!(sealmem_features() & SEALMEM_FEATURE_POPULATE_READ)) {
		EXPECT_EQ(ret, -EOPNOTSUPP);
		return;
	}
	ASSERT_EQ(ret, 0);
	EXPECT_EQ(*(const char *)mapping.addr, first);
	sealmem_readonly_mapping_unmap(&mapping);
}

static void *import_nowait(void *data)
{
	struct busy *busy = data;

	EXPECT_OK(sealmem_readonly_region_import(&busy->parts, &nowait,
						 &busy->region));
	expect_readable(&busy->region, 'a');
	return NULL;
}

static void *import_unsafe_nowait(void *data)
{
	struct sealmem_writable_mapping mapping = { 0 };
	struct busy *busy = data;

	EXPECT_OK(sealmem_unsafe_region_import(&busy->parts, &nowait,
					       &busy->unsafe));
	EXPECT_OK(sealmem_unsafe_region_map(&busy->unsafe, &mapping));
	*(char *)mapping.addr = 'b';
	sealmem_writable_mapping_unmap(&mapping);
	return NULL;
}

TEST_TIMEOUT(nowait_does_not_wait_for_the_open_file, 30)
{
	struct busy busy = { 0 };

	ASSERT_OK(sealmem_readonly_region_create_from("a", 1, NULL,
						      &busy.region));
	ASSERT_OK(sealmem_readonly_region_export(&busy.region, &busy.parts));
	busy.fd = dup(busy.parts.fd);
	expect_not_held_up(&busy, read_for_long, import_nowait);
}

TEST_TIMEOUT(nowait_does_not_wait_for_the_memory, 30)
{
	struct busy busy = { 0 };

	ASSERT_OK(sealmem_unsafe_region_create(1, NULL, &busy.unsafe));
	ASSERT_OK(sealmem_unsafe_region_export(&busy.unsafe, &busy.parts));
	busy.fd = dup(busy.parts.fd);
	expect_not_held_up(&busy, write_for_long, import_unsafe_nowait);
}

TEST(nowait_fills_what_is_not_there)
{
	const struct sealmem_options lazy = {
		.struct_size = sizeof(lazy), .flags = SEALMEM_CREATE_LAZY,
	};
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping writer = { 0 };
	struct sealmem_descriptor parts = { 0 };

	ASSERT_OK(sealmem_readonly_region_create(2 * page_size(), &lazy,
						 &region, &writer));
	ASSERT_OK(sealmem_readonly_region_export(&region, &parts));
	ASSERT_OK(sealmem_readonly_region_import(&parts, &nowait, &region));
	expect_readable(&region, 0);
	if (sealmem_features() & SEALMEM_FEATURE_POPULATE_READ)
		EXPECT_EQ(lseek(sealmem_readonly_region_fd(&region), 0,
				SEEK_HOLE), 2 * page_size());
	sealmem_readonly_region_close(&region);
	sealmem_writable_mapping_unmap(&writer);
}

static void *convert(void *data)
{
	struct busy *busy = data;

	EXPECT_OK(sealmem_writable_region_to_unsafe(&busy->writable,
						    &busy->unsafe));
	return NULL;
}

/* And the memory, however many have it open, if it may write. */
TEST_TIMEOUT(not_promised_that_nobody_holds_the_memory, 30)
{
	struct busy busy = { 0 };

	ASSERT_OK(sealmem_writable_region_create(1, NULL, &busy.writable));
	busy.fd = dup(sealmem_writable_region_fd(&busy.writable));
	expect_held_up(&busy, write_for_long, convert);
}

TH_MAIN
