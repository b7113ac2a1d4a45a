/* SPDX-License-Identifier: MIT */
/*
 * What a fork, from one of many threads or not, leaves of tracker and budgets,
 * and what happens to a mapping's struct that outlived its memory.
 */
#include <pthread.h>
#include <sys/wait.h>

#include "kinds.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

#define SIZE 1024

static size_t mapping_count(void)
{
	struct sealmem_tracker_total sum = { 0 };

	EXPECT_OK(sealmem_tracker_total(&sum));
	return sum.mapping_count;
}

static uint64_t used(const struct sealmem_budget *budget)
{
	struct sealmem_budget_state state;

	sealmem_budget_get(budget, &state);
	return state.used;
}

/* How a child that runs this ends: its exit code, or minus its signal. */
static int in_child(void (*run)(void *data), void *data)
{
	pid_t child = fork();
	int status;

	ASSERT_SYS(child);
	if (child == 0) {
		run(data);
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- structs that outlive their memory ---------------------------------- */

/* Memory of somebody else at @addr, where nothing is now. */
static volatile char *settle(void *addr)
{
	void *memory = mmap(addr, page_size(), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			    -1, 0);

	ASSERT_TRUE(memory == addr);
	return memory;
}

static void unmap_what_is_gone(struct sealmem_writable_mapping *gone)
{
	volatile char *other = settle(gone->addr);
	size_t resident;

	EXPECT_ERR(EBADF, sealmem_writable_mapping_resident(gone, &resident));
	sealmem_writable_mapping_unmap(gone);
	EXPECT_EQ(0, gone->size);
	*other = 1;
	EXPECT_SYS(munmap((void *)other, page_size()));
}

TEST(unmapping_a_copy_of_an_unmapped_mapping_does_nothing)
{
	struct sealmem_writable_mapping copy;
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_WRITABLE, SIZE));
	copy = made.writer;
	sealmem_writable_mapping_unmap(&made.writer);
	unmap_what_is_gone(&copy);
	made_close(&made);
}

/* The next mapping gets the record, and as a rule the address, of the last. */
TEST(a_new_mapping_is_never_taken_for_an_old_one)
{
	struct sealmem_writable_mapping copy;
	struct made made;

	ASSERT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, SIZE));
	copy = made.writer;
	sealmem_writable_mapping_unmap(&made.writer);
	ASSERT_OK(sealmem_unsafe_region_map(&made.unsafe, &made.writer));
	sealmem_writable_mapping_unmap(&copy);
	EXPECT_EQ(1, mapping_count());
	*(volatile char *)made.writer.addr = 1;
	made_close(&made);
	EXPECT_EQ(0, mapping_count());
}

/* ---- one thread --------------------------------------------------------- */

/* A mapping of each kind, all of them charged to a peer. */
struct family {
	struct sealmem_budget *budget;
	struct sealmem_writable_mapping writer;
	struct sealmem_writable_mapping unsafe;
	struct sealmem_readonly_mapping view;
	struct sealmem_unsafe_region region;
};

static void family_create(struct family *family)
{
	struct sealmem_policy policy = { .struct_size = sizeof(policy) };
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_readonly_region readonly = { 0 };
	struct sealmem_descriptor parts = { 0 };

	*family = (struct family){ 0 };
	ASSERT_OK(sealmem_budget_create(SEALMEM_BUDGET_UNLIMITED,
					&family->budget));
	policy.budget = family->budget;
	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &writable));
	ASSERT_OK(sealmem_writable_region_export(&writable, &parts));
	ASSERT_OK(sealmem_writable_region_import(&parts, &policy, &writable));
	ASSERT_OK(sealmem_writable_region_map(&writable, &family->writer));
	ASSERT_OK(sealmem_writable_region_to_readonly(&writable, &readonly));
	ASSERT_OK(sealmem_readonly_region_map(&readonly, &family->view));
	sealmem_readonly_region_close(&readonly);
	ASSERT_OK(sealmem_unsafe_region_create(SIZE, NULL, &family->region));
	ASSERT_OK(sealmem_unsafe_region_export(&family->region, &parts));
	ASSERT_OK(sealmem_unsafe_region_import(&parts, &policy,
					       &family->region));
	ASSERT_OK(sealmem_unsafe_region_map(&family->region, &family->unsafe));
	ASSERT_EQ(3 * page_size(), used(family->budget));
}

static void family_close(struct family *family)
{
	sealmem_writable_mapping_unmap(&family->writer);
	sealmem_writable_mapping_unmap(&family->unsafe);
	sealmem_readonly_mapping_unmap(&family->view);
	sealmem_unsafe_region_close(&family->region);
	EXPECT_EQ(0, used(family->budget));
	EXPECT_EQ(0, used(NULL));
	sealmem_budget_close(family->budget);
}

static void live_on_in_a_child(void *data)
{
	struct family *family = data;

	EXPECT_EQ(2, mapping_count());
	EXPECT_EQ(2 * page_size(), used(family->budget));
	EXPECT_EQ(2 * page_size(), used(NULL));
	unmap_what_is_gone(&family->writer);
	EXPECT_EQ(2 * page_size(), used(NULL));
	sealmem_readonly_mapping_unmap(&family->view);
	EXPECT_EQ(page_size(), used(NULL));
	/* Gets the writer's record, which the child has no right to. */
	ASSERT_OK(sealmem_unsafe_region_map(&family->region, &family->writer));
	*(volatile char *)family->writer.addr = 1;
	EXPECT_EQ(2, mapping_count());
	family_close(family);
	EXPECT_EQ(0, mapping_count());
}

TEST(child_has_what_it_inherited_and_can_go_on)
{
	struct family family;

	family_create(&family);
	EXPECT_EQ(0, in_child(live_on_in_a_child, &family));
	EXPECT_EQ(3, mapping_count());
	EXPECT_EQ(3 * page_size(), used(family.budget));
	*(volatile char *)family.writer.addr = 1;
	family_close(&family);
}

/* The struct of the parent's writer, and a mapping that took its place. */
static void unmap_writer_after_mapping_again(void *data)
{
	struct family *family = data;
	struct sealmem_writable_mapping again = { 0 };

	ASSERT_OK(sealmem_unsafe_region_map(&family->region, &again));
	sealmem_writable_mapping_unmap(&family->writer);
	*(volatile char *)again.addr = 1;
	EXPECT_EQ(3, mapping_count());
	sealmem_writable_mapping_unmap(&again);
}

TEST(child_cannot_unmap_its_own_memory_through_the_parents_writer)
{
	struct family family;

	family_create(&family);
	EXPECT_EQ(0, in_child(unmap_writer_after_mapping_again, &family));
	family_close(&family);
}

/* ---- while others map --------------------------------------------------- */

#define THREADS 2
#define FORKS	150

struct load {
	const struct made *made;
	bool stop;
};

static void *map_and_unmap(void *argument)
{
	struct load *load = argument;
	struct sealmem_writable_mapping writer = { 0 }, unsafe = { 0 };

	while (!__atomic_load_n(&load->stop, __ATOMIC_RELAXED)) {
		ASSERT_OK(sealmem_writable_region_map(&load->made[0].writable,
						      &writer));
		ASSERT_OK(sealmem_unsafe_region_map(&load->made[1].unsafe,
						    &unsafe));
		sealmem_writable_mapping_unmap(&writer);
		sealmem_writable_mapping_unmap(&unsafe);
	}
	return NULL;
}

static void load_start(struct load *load, pthread_t threads[THREADS],
		       struct made made[2])
{
	ASSERT_OK(made_create(&made[0], SEALMEM_KIND_WRITABLE, SIZE));
	ASSERT_OK(made_create(&made[1], SEALMEM_KIND_UNSAFE, SIZE));
	*load = (struct load){ .made = made };
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, map_and_unmap,
					    load));
}

static void load_end(struct load *load, pthread_t threads[THREADS],
		     struct made made[2])
{
	__atomic_store_n(&load->stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(2, mapping_count());
	EXPECT_EQ(2 * page_size(), used(NULL));
	made_close(&made[0]);
	made_close(&made[1]);
	EXPECT_EQ(0, used(NULL));
}

/* Mappings of the writable region's memory in this process. */
static int count_writers(const struct made *made)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512], inode[32];
	struct stat st;
	int count = 0;

	ASSERT_SYS(fstat(made_fd(made), &st));
	snprintf(inode, sizeof(inode), " %ju ", (uintmax_t)st.st_ino);
	while (maps && fgets(line, sizeof(line), maps))
		count += strstr(line, "/memfd:") && strstr(line, inode);
	if (maps)
		fclose(maps);
	return count;
}

static void use_the_library(void *data)
{
	struct load *load = data;
	struct sealmem_tracker_total before = { 0 }, after = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };

	EXPECT_EQ(0, count_writers(&load->made[0]));
	ASSERT_OK(sealmem_tracker_total(&before));
	EXPECT_EQ(before.mapped_size, used(NULL));
	ASSERT_OK(sealmem_writable_region_map(&load->made[0].writable,
					      &mapping));
	*(volatile char *)mapping.addr = 1;
	sealmem_writable_mapping_unmap(&mapping);
	ASSERT_OK(sealmem_tracker_total(&after));
	EXPECT_EQ(before.mapped_size, after.mapped_size);
	EXPECT_EQ(before.mapped_size, used(NULL));
}

/* No child gets a writer, waits for ever, or owes for what it has not got. */
TEST_TIMEOUT(fork_while_other_threads_map, 60)
{
	struct made made[2];
	struct load load;
	pthread_t threads[THREADS];

	load_start(&load, threads, made);
	for (int i = 0; i < FORKS && !th_failed(); i++)
		EXPECT_EQ(0, in_child(use_the_library, &load));
	load_end(&load, threads, made);
}

/* ---- threads that use the library and have not mapped anything --------- */

static void *ask_for_numbers(void *data)
{
	const bool *is_over = data;

	while (!__atomic_load_n(is_over, __ATOMIC_RELAXED))
		used(NULL);
	return NULL;
}

static void ask_once(void *data TH_UNUSED_)
{
	alarm(TH_SECONDS_);
	EXPECT_EQ(0, used(NULL));
}

/* Whoever has the library's lock while another thread forks gives it back. */
TEST_TIMEOUT(fork_before_anything_is_mapped, 60)
{
	bool is_over = false;
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, ask_for_numbers,
					    &is_over));
	for (int i = 0; i < FORKS && !th_failed(); i++)
		EXPECT_EQ(0, in_child(ask_once, NULL));
	__atomic_store_n(&is_over, true, __ATOMIC_RELAXED);
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
}

static int look(const struct sealmem_tracked *tracked, void *data)
{
	size_t size = 0;
	int ret = sealmem_tracker_resident(tracked, &size);

	/* There, all of it, or gone meanwhile. */
	EXPECT_TRUE(ret == 0 ? size == page_size() : ret == -EBADF);
	EXPECT_EQ(page_size(), tracked->mapped_size);
	++*(size_t *)data;
	return 0;
}

TEST_TIMEOUT(looking_while_other_threads_map, 60)
{
	struct made made[2];
	struct load load;
	pthread_t threads[THREADS];

	load_start(&load, threads, made);
	for (int i = 0; i < 500 && !th_failed(); i++) {
		struct sealmem_tracker_total sum = { 0 };
		size_t count = 0;

		EXPECT_OK(sealmem_tracker_for_each(look, &count));
		EXPECT_GE(count, 2);
		/* Each thread has at most two. */
		EXPECT_LE(count, 2 + 2 * THREADS);
		EXPECT_OK(sealmem_tracker_total(&sum));
		EXPECT_EQ(2, sum.region_count);
		EXPECT_EQ(2 * page_size(), sum.unique_size);
		EXPECT_EQ(sum.mapping_count * page_size(), sum.mapped_size);
	}
	load_end(&load, threads, made);
}

TH_MAIN
