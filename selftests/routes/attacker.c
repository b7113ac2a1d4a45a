/* SPDX-License-Identifier: MIT */
/*
 * What an attacker does before it tries a route: it gets the descriptor and the
 * mapping with the most rights that it can have. An owner may change the file
 * mode and root may ignore it, so an O_RDONLY descriptor is only a beginning.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "selftests/routes/attacker.h"

struct route_path route_fd_path(int fd)
{
	struct route_path path;

	snprintf(path.text, sizeof(path.text), "/proc/self/fd/%d", fd);
	return path;
}

bool route_has_procfs(void)
{
	return !access("/proc/self/fd", F_OK);
}

static bool is_open_for_writing(int fd)
{
	return (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
}

static void open_the_mode(struct attacker *attacker, uid_t owner, bool gentle)
{
	if (gentle)
		attacker->owner = geteuid() == owner || geteuid() == 0;
	else
		attacker->owner = !fchmod(attacker->received, 0666);
}

static void get_best_descriptor(struct attacker *attacker)
{
	int fd;

	fd = open(route_fd_path(attacker->received).text, O_RDWR | O_CLOEXEC);
	attacker->reopened = fd >= 0;
	attacker->best = fd >= 0 ? fd : attacker->received;
	attacker->writable = is_open_for_writing(attacker->best);
}

static void *map_shared(int fd, size_t size, int prot)
{
	void *addr = mmap(NULL, size, prot, MAP_SHARED, fd, 0);

	return addr == MAP_FAILED ? NULL : addr;
}

/* Kernels before 6.7 do not map a frozen region's O_RDWR descriptor at all. */
static void get_best_map(struct attacker *attacker, bool gentle)
{
	const int both = PROT_READ | PROT_WRITE;
	size_t size = attacker->size;

	if (!gentle)
		attacker->map = map_shared(attacker->best, size, both);
	if (!attacker->map)
		attacker->map = map_shared(attacker->best, size, PROT_READ);
	if (!attacker->map)
		attacker->map = map_shared(attacker->received, size, PROT_READ);
}

void attacker_prepare(struct attacker *attacker, int fd, int argument,
		      bool gentle)
{
	struct stat st = { 0 };

	fstat(fd, &st);
	attacker->received = fd;
	attacker->size = (size_t)st.st_size;
	attacker->page = (size_t)sysconf(_SC_PAGESIZE);
	attacker->argument = argument;
	open_the_mode(attacker, st.st_uid, gentle);
	get_best_descriptor(attacker);
	get_best_map(attacker, gentle);
}

void *attacker_map_page(struct attacker *attacker, int fd, int prot)
{
	return map_shared(fd, attacker->page, prot);
}

int attacker_reader(const struct attacker *attacker)
{
	int fd = attacker->received;

	if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
		return fd;
	return open(route_fd_path(fd).text, O_RDONLY | O_CLOEXEC);
}

void *attacker_map_reader(struct attacker *attacker)
{
	void *addr = attacker_map_page(attacker, attacker->best, PROT_READ);

	if (addr)
		return addr;
	return attacker_map_page(attacker, attacker->received, PROT_READ);
}

void *attacker_map_private(struct attacker *attacker, int prot)
{
	void *addr = mmap(NULL, attacker->size, prot, MAP_PRIVATE,
			  attacker->received, 0);

	return addr == MAP_FAILED ? NULL : addr;
}

void attacker_punch(struct attacker *attacker)
{
	fallocate(attacker->best, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		  (off_t)attacker->page);
}

int route_absent(struct attacker *attacker, const char *call)
{
	const char *name = route_answer_text(route_answer_errno(errno));

	snprintf(attacker->why, sizeof(attacker->why), "%s: %s", call, name);
	return ROUTE_CANNOT;
}

int route_lacks(struct attacker *attacker, const char *what)
{
	snprintf(attacker->why, sizeof(attacker->why), "no %s", what);
	return ROUTE_CANNOT;
}

int route_lacks_procfs(struct attacker *attacker)
{
	return route_lacks(attacker, "procfs");
}

int route_said(long ret)
{
	return ret < 0 ? -errno : 0;
}

int route_wrote(ssize_t ret)
{
	if (ret < 0)
		return -errno;
	return ret == ROUTE_MARKER_SIZE ? 0 : -EIO;
}

/* Byte by byte and volatile, so that it is a store and no call. */
int route_store(void *addr)
{
	volatile char *to = addr;

	for (size_t i = 0; i < ROUTE_MARKER_SIZE; i++)
		to[i] = ROUTE_MARKER[i];
	return 0;
}

int route_unlock(void *addr, size_t page)
{
	if (mprotect(addr, page, PROT_READ | PROT_WRITE) < 0)
		return -errno;
	return route_store(addr);
}

int route_marker_pipe(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	if (write(ends[1], ROUTE_MARKER, ROUTE_MARKER_SIZE) < 0)
		return -1;
	return ends[0];
}

int route_marker_socket(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	if (write(ends[1], ROUTE_MARKER, ROUTE_MARKER_SIZE) < 0)
		return -1;
	return ends[0];
}

int route_marker_file(void)
{
	int fd = memfd_create("marker", MFD_CLOEXEC);

	if (fd >= 0 && pwrite(fd, ROUTE_MARKER, ROUTE_MARKER_SIZE, 0) < 0)
		return -1;
	return fd;
}
