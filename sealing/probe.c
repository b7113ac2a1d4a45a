/* SPDX-License-Identifier: MIT */
/*
 * The feature table: each feature is used once, on memory of our own, in the
 * way that the library uses it. Only an errno that means "the kernel does not
 * have it" is remembered as such; anything else is tried again next time.
 */
#include "sealing/sealing.h"

#include <errno.h>
#include <sealmem/features.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sealing/uapi.h"

static int probe_memfd(int fd, size_t page)
{
	(void)page;
	return fd < 0 ? fd : 0;
}

static int probe_noexec(int fd, size_t page)
{
	unsigned int seals = 0;
	int ret = fd < 0 ? fd : sealing_get(fd, &seals);

	(void)page;
	return ret < 0 ? ret : seals & SEALING_EXEC ? 0 : -EOPNOTSUPP;
}

static int probe_seal(int fd, unsigned int seal)
{
	return fd < 0 ? fd : sealing_add(fd, seal);
}

static int probe_write_seal(int fd, size_t page)
{
	(void)page;
	return probe_seal(fd, SEALING_WRITE);
}

static int probe_future_write_seal(int fd, size_t page)
{
	(void)page;
	return probe_seal(fd, SEALING_FUTURE_WRITE);
}

static int probe_reopen(int fd, size_t page)
{
	int ret = fd < 0 ? fd : sealing_reopen_readonly(fd);

	(void)page;
	if (ret >= 0)
		sealing_close(ret);
	return ret < 0 ? ret : 0;
}

typedef int on_mapping(void *addr, size_t size);

static int with_mapping(int fd, size_t page, on_mapping *action)
{
	void *addr;
	int ret = fd < 0 ? fd : sealing_memfd_resize(fd, page);

	if (ret == 0)
		ret = sealing_map(fd, 0, page, SEALING_ACCESS_BOTH, &addr);
	if (ret < 0)
		return ret;
	ret = action(addr, page);
	sealing_unmap(addr, page);
	return ret;
}

static int probe_dontfork(int fd, size_t page)
{
	return with_mapping(fd, page, sealing_map_dontfork);
}

static int populate(void *addr, size_t size)
{
	return sealing_map_populate(addr, size);
}

static int probe_populate(int fd, size_t page)
{
	return with_mapping(fd, page, populate);
}

/* A filesystem without it says that the only hole is behind the end. */
static int probe_seek_hole(int fd, size_t page)
{
	uint64_t offset = 0;
	int ret = fd < 0 ? fd : sealing_memfd_resize(fd, page);

	if (ret == 0)
		ret = sealing_first_hole(fd, &offset);
	return ret < 0 ? ret : offset == 0 ? 0 : -EOPNOTSUPP;
}

/* @params is larger than what any kernel so far takes. */
static int make_ring(void)
{
	uint32_t params[64] = { 0 };
	long fd = syscall(SYS_io_uring_setup, 1, params);

	return fd < 0 ? -errno : (int)fd;
}

static int ask_ring(int ring)
{
	struct uapi_uring_probe probe = { 0 };

	if (syscall(SYS_io_uring_register, ring, UAPI_URING_REGISTER_PROBE,
		    &probe, UAPI_URING_FUTEX_WAIT + 1) < 0)
		return -errno;
	return probe.opcodes[UAPI_URING_FUTEX_WAIT].flags &
			       UAPI_URING_OP_SUPPORTED ?
		       0 :
		       -EOPNOTSUPP;
}

/* Where rings are forbidden, setup says EPERM: that may change. */
static int probe_uring_futex(int fd, size_t page)
{
	int ring = make_ring(), ret;

	(void)fd;
	(void)page;
	if (ring < 0)
		return ring;
	ret = ask_ring(ring);
	sealing_close(ring);
	return ret;
}

static const struct {
	enum sealmem_feature feature;
	int (*probe)(int fd, size_t page);
} probes[] = {
	{ SEALMEM_FEATURE_MEMFD, probe_memfd },
	{ SEALMEM_FEATURE_WRITE_SEAL, probe_write_seal },
	{ SEALMEM_FEATURE_FUTURE_WRITE_SEAL, probe_future_write_seal },
	{ SEALMEM_FEATURE_NOEXEC_SEAL, probe_noexec },
	{ SEALMEM_FEATURE_REOPEN, probe_reopen },
	{ SEALMEM_FEATURE_DONTFORK, probe_dontfork },
	{ SEALMEM_FEATURE_POPULATE_READ, probe_populate },
	{ SEALMEM_FEATURE_SEEK_HOLE, probe_seek_hole },
	{ SEALMEM_FEATURE_URING_FUTEX, probe_uring_futex },
};

/* What is certain: bits that were tried, and of those the ones present. */
static uint32_t tried, present;

static bool is_missing(int ret)
{
	return ret == -EINVAL || ret == -ENOSYS || ret == -EOPNOTSUPP;
}

static void probe_one(size_t i)
{
	bool on_memory = probes[i].probe != probe_uring_futex;
	int fd = on_memory ? sealing_memfd_create("sealmem-probe") : -1;
	int ret = probes[i].probe(fd, sealing_page_size());

	if (fd >= 0)
		sealing_close(fd);
	if (ret == 0)
		__atomic_fetch_or(&present, probes[i].feature,
				  __ATOMIC_RELAXED);
	/* After @present: who sees the bit here finds the answer there. */
	if (ret == 0 || is_missing(ret))
		__atomic_fetch_or(&tried, probes[i].feature, __ATOMIC_RELEASE);
}

uint32_t sealing_features(void)
{
	uint32_t known = __atomic_load_n(&tried, __ATOMIC_ACQUIRE);

	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		if (!(known & probes[i].feature))
			probe_one(i);
	return __atomic_load_n(&present, __ATOMIC_RELAXED);
}
