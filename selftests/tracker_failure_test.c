/* SPDX-License-Identifier: MIT */
/*
 * The tracker and budgets where memory, or an answer of the kernel, cannot be
 * had: it is reported, and nothing is mapped, charged or listed.
 *
 * The linker routes the library's calls through __wrap_NAME (see the Makefile).
 */
#include <pthread.h>

#include "kinds.h"

#define SIZE  5000
#define TRIES 100

/* The call that fails, counted from the last arm(); 0 is none. */
static int failing_call, calls_seen;
static int injected_errno;
/* A kernel that never gets around to counting pages. */
static bool says_again;

static bool is_failing(void)
{
	if (++calls_seen != failing_call)
		return false;
	errno = injected_errno;
	return true;
}

static void arm(int nth, int error)
{
	failing_call = nth;
	injected_errno = error;
	calls_seen = 0;
}

int __real_pthread_atfork(void (*prepare)(void), void (*parent)(void),
			  void (*child)(void));
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_mmap64(void *addr, size_t size, int prot, int flags, int fd,
		    off_t offset);
int __real_mincore(void *addr, size_t size, unsigned char *pages);

int __wrap_pthread_atfork(void (*prepare)(void), void (*parent)(void),
			  void (*child)(void));
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_mmap64(void *addr, size_t size, int prot, int flags, int fd,
		    off_t offset);
int __wrap_mincore(void *addr, size_t size, unsigned char *pages);

int __wrap_pthread_atfork(void (*prepare)(void), void (*parent)(void),
			  void (*child)(void))
{
	/* Never when the library is loaded, so that mapping has to see to it. */
	static bool is_loaded;
	bool has_no_memory = is_failing() || !is_loaded;

	is_loaded = true;
	return has_no_memory ? ENOMEM :
			       __real_pthread_atfork(prepare, parent, child);
}

void *__wrap_malloc(size_t size)
{
	return is_failing() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return is_failing() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return is_failing() ? NULL : __real_realloc(memory, size);
}

void *__wrap_mmap64(void *addr, size_t size, int prot, int flags, int fd,
		    off_t offset)
{
	return is_failing() ? MAP_FAILED :
			      __real_mmap64(addr, size, prot, flags, fd, offset);
}

int __wrap_mincore(void *addr, size_t size, unsigned char *pages)
{
	if (is_failing())
		return -1;
	if (!says_again)
		return __real_mincore(addr, size, pages);
	errno = EAGAIN;
	return -1;
}

static uint64_t used(void)
{
	struct sealmem_budget_state state;

	sealmem_budget_get(NULL, &state);
	return state.used;
}

/* Each call that mapping makes fails in turn, until there is none left. */
static int map_with_failures(const struct sealmem_unsafe_region *region,
			     struct sealmem_writable_mapping *ret_mapping)
{
	uint64_t before = used();
	int without_memory = 0, ret;

	for (int nth = 1;; nth++) {
		arm(nth, EXDEV);
		ret = sealmem_unsafe_region_map(region, ret_mapping);
		arm(0, 0);
		if (ret == 0)
			return without_memory;
		without_memory += ret == -ENOMEM;
		EXPECT_TRUE(ret == -ENOMEM || ret == -EXDEV);
		EXPECT_EQ(0, ret_mapping->size);
		EXPECT_EQ(before, used());
	}
}

TEST(mapping_without_memory_for_its_record_is_not_made)
{
	struct sealmem_unsafe_region region = { 0 };
	struct sealmem_writable_mapping mappings[100] = { 0 };
	int without_memory = 0;

	ASSERT_OK(sealmem_unsafe_region_create(SIZE, NULL, &region));
	/* The handler for forks and the table; then one that has all it needs. */
	EXPECT_EQ(2, map_with_failures(&region, &mappings[0]));
	EXPECT_EQ(0, map_with_failures(&region, &mappings[1]));
	for (int i = 2; i < 100; i++)
		without_memory += map_with_failures(&region, &mappings[i]);
	/* The table, when it was full. */
	EXPECT_GE(without_memory, 1);
	for (int i = 0; i < 100; i++) {
		*(volatile char *)mappings[i].addr = 1;
		sealmem_writable_mapping_unmap(&mappings[i]);
	}
	EXPECT_EQ(0, used());
	sealmem_unsafe_region_close(&region);
}

TEST(records_are_used_again)
{
	struct sealmem_unsafe_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };

	ASSERT_OK(sealmem_unsafe_region_create(SIZE, NULL, &region));
	ASSERT_OK(sealmem_unsafe_region_map(&region, &mapping));
	sealmem_writable_mapping_unmap(&mapping);
	arm(0, 0);
	for (int i = 0; i < 1000; i++) {
		ASSERT_OK(sealmem_unsafe_region_map(&region, &mapping));
		sealmem_writable_mapping_unmap(&mapping);
	}
	/* mmap, and no memory for anything else. */
	EXPECT_EQ(1000, calls_seen);
	sealmem_unsafe_region_close(&region);
}

static int visit(const struct sealmem_tracked *tracked TH_UNUSED_,
		 void *data TH_UNUSED_)
{
	return 77;
}

TEST(accounts_without_memory)
{
	struct sealmem_tracker_total total = { .mapping_count = 77 };
	struct sealmem_budget *budget = NULL;

	arm(1, 0);
	EXPECT_ERR(ENOMEM, sealmem_tracker_for_each(visit, NULL));
	arm(1, 0);
	EXPECT_ERR(ENOMEM, sealmem_tracker_total(&total));
	arm(1, 0);
	EXPECT_ERR(ENOMEM, sealmem_budget_create(1, &budget));
	arm(0, 0);
	EXPECT_EQ(77, total.mapping_count);
	EXPECT_NULL(budget);
}

TEST(resident_bytes_that_the_kernel_does_not_tell)
{
	struct sealmem_unsafe_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };
	size_t size = 77;

	ASSERT_OK(sealmem_unsafe_region_create(SIZE, NULL, &region));
	ASSERT_OK(sealmem_unsafe_region_map(&region, &mapping));
	arm(1, ENOSYS);
	EXPECT_ERR(ENOSYS, sealmem_writable_mapping_resident(&mapping, &size));
	EXPECT_EQ(77, size);
	says_again = true;
	arm(0, 0);
	EXPECT_ERR(EAGAIN, sealmem_writable_mapping_resident(&mapping, &size));
	EXPECT_EQ(TRIES, calls_seen);
	EXPECT_EQ(77, size);
	says_again = false;
	arm(1, EAGAIN);
	EXPECT_OK(sealmem_writable_mapping_resident(&mapping, &size));
	EXPECT_EQ(2, calls_seen);
	EXPECT_LE(SIZE, size);
	sealmem_writable_mapping_unmap(&mapping);
	sealmem_unsafe_region_close(&region);
}

TH_MAIN
