/* SPDX-License-Identifier: MIT */
/* Budgets: what is charged, to whom, for how long, and what is refused. */
#include <pthread.h>

#include "kinds.h"

static struct sealmem_budget_state state_of(const struct sealmem_budget *budget)
{
	struct sealmem_budget_state state;

	sealmem_budget_get(budget, &state);
	return state;
}

static uint64_t used(const struct sealmem_budget *budget)
{
	return state_of(budget).used;
}

/* This many pages more, and not one beyond. */
static void allow_pages(struct sealmem_budget *budget, size_t pages)
{
	sealmem_budget_set(budget, used(budget) + pages * page_size());
}

/* ---- the process's ------------------------------------------------------ */

TEST(the_process_starts_with_upstreams_limit_and_nothing_used)
{
	struct sealmem_budget_state state = state_of(NULL);
	uint64_t wanted = ((uint64_t)32 << 30) - 1;

	if (sizeof(void *) == 4)
		wanted = SEALMEM_BUDGET_UNLIMITED;
	EXPECT_EQ(wanted, state.limit);
	EXPECT_EQ(0, state.used);
	EXPECT_EQ(0, state.peak);
	EXPECT_EQ(0, state.refused);
}

/* 1 GiB, or where there is no room for so many a smaller unit of the limit. */
TEST(case_061_total_mapped_size_limit)
{
	struct sealmem_options lazy = {
		.struct_size = sizeof(lazy), .flags = SEALMEM_CREATE_LAZY,
	};
	struct sealmem_writable_region region = { 0 };
	struct sealmem_writable_mapping mappings[32] = { 0 };
	size_t unit = (size_t)1 << 30;

	if (sizeof(void *) == 4) {
		unit = (size_t)1 << 22;
		sealmem_budget_set(NULL, 32 * unit - 1);
	}
	ASSERT_OK(sealmem_writable_region_create(unit, &lazy, &region));
	for (int i = 0; i < 31; i++)
		ASSERT_OK(sealmem_writable_region_map(&region, &mappings[i]));
	EXPECT_ERR(EDQUOT, sealmem_writable_region_map(&region, &mappings[31]));
	EXPECT_EQ(0, mappings[31].size);
	EXPECT_EQ(31 * (uint64_t)unit, used(NULL));
	EXPECT_EQ(1, state_of(NULL).refused);
	sealmem_writable_mapping_unmap(&mappings[7]);
	EXPECT_OK(sealmem_writable_region_map(&region, &mappings[31]));
	for (int i = 0; i < 32; i++)
		sealmem_writable_mapping_unmap(&mappings[i]);
	EXPECT_EQ(0, used(NULL));
	EXPECT_EQ(31 * (uint64_t)unit, state_of(NULL).peak);
	sealmem_writable_region_close(&region);
}

FIXTURE(kind)
{
	struct made made;
};

FIXTURE_VARIANT(kind)
{
	enum sealmem_kind kind;
};

FIXTURE_VARIANT_ADD(kind, readonly) { SEALMEM_KIND_READONLY };
FIXTURE_VARIANT_ADD(kind, writable) { SEALMEM_KIND_WRITABLE };
FIXTURE_VARIANT_ADD(kind, unsafe) { SEALMEM_KIND_UNSAFE };

#define PAGES 8

FIXTURE_SETUP(kind)
{
	ASSERT_OK(made_create(&self->made, variant->kind, PAGES * page_size()));
}

FIXTURE_TEARDOWN(kind)
{
	made_close(&self->made);
	EXPECT_EQ(0, used(NULL));
}

TEST_F(kind, exactly_the_limit_can_be_mapped)
{
	struct view whole, more;

	allow_pages(NULL, PAGES);
	EXPECT_OK(made_map(&self->made, &whole));
	EXPECT_EQ(2 * PAGES * page_size(), used(NULL));
	EXPECT_ERR(EDQUOT, made_map_at(&self->made, 0, 1, &more));
	EXPECT_EQ(0, more.size);
	EXPECT_EQ(1, state_of(NULL).refused);
	view_unmap(&whole);
	EXPECT_OK(made_map_at(&self->made, 0, 1, &more));
	view_unmap(&more);
	allow_pages(NULL, PAGES - 1);
	EXPECT_ERR(EDQUOT, made_map(&self->made, &whole));
	EXPECT_EQ(0, whole.size);
	EXPECT_EQ(2, state_of(NULL).refused);
	sealmem_budget_set(NULL, SEALMEM_BUDGET_UNLIMITED);
	EXPECT_OK(made_map(&self->made, &whole));
	view_unmap(&whole);
}

/* What the kernel maps, not what was asked for. */
TEST_F(kind, whole_pages_are_charged)
{
	size_t page = page_size();
	uint64_t before = used(NULL);
	struct view view;

	ASSERT_OK(made_map_at(&self->made, page / 2, 5 * page, &view));
	EXPECT_EQ(before + 6 * page, used(NULL));
	view_unmap(&view);
	ASSERT_OK(made_map_at(&self->made, page - 1, 2, &view));
	EXPECT_EQ(before + 2 * page, used(NULL));
	view_unmap(&view);
	ASSERT_OK(made_map_at(&self->made, page + 3, 1, &view));
	EXPECT_EQ(before + page, used(NULL));
	view_unmap(&view);
	EXPECT_EQ(before, used(NULL));

	/* One page short for an address that is not aligned. */
	allow_pages(NULL, 5);
	EXPECT_ERR(EDQUOT, made_map_at(&self->made, page / 2, 5 * page, &view));
	EXPECT_OK(made_map_at(&self->made, page, 5 * page, &view));
	view_unmap(&view);
}

TEST_F(kind, limit_below_what_is_used_takes_nothing_away)
{
	struct view view, other;

	ASSERT_OK(made_map(&self->made, &view));
	sealmem_budget_set(NULL, page_size());
	EXPECT_ERR(EDQUOT, made_map_at(&self->made, 0, 1, &other));
	EXPECT_EQ(FILL, view.bytes[view.size - 1]);
	view_unmap(&view);
	EXPECT_ERR(EDQUOT, made_map_at(&self->made, 0, 1, &other));
}

TEST_F(kind, what_fails_for_another_reason_is_not_charged)
{
	uint64_t before = used(NULL);
	struct view view;

	EXPECT_ERR(EINVAL, made_map_at(&self->made, PAGES * page_size(), 1,
				       &view));
	EXPECT_ERR(EOVERFLOW, made_map_at(&self->made, UINT64_MAX, 1, &view));
	if (variant->kind == SEALMEM_KIND_WRITABLE) {
		ASSERT_SYS(fcntl(made_fd(&self->made), F_ADD_SEALS,
				 F_SEAL_FUTURE_WRITE));
		EXPECT_ERR(EPERM, made_map(&self->made, &view));
	}
	EXPECT_EQ(before, used(NULL));
	EXPECT_EQ(0, state_of(NULL).refused);
}

static int create(enum sealmem_kind kind, size_t size, struct made *made)
{
	if (kind == SEALMEM_KIND_NONE)
		return sealmem_readonly_region_create_from(
			"1234567890", size, NULL, &made->readonly);
	return made_create(made, kind, size);
}

TEST(what_could_not_be_mapped_is_not_created)
{
	/* The last is create_from, which maps nothing itself. */
	static const enum sealmem_kind kinds[] = {
		SEALMEM_KIND_READONLY, SEALMEM_KIND_WRITABLE,
		SEALMEM_KIND_UNSAFE, SEALMEM_KIND_NONE,
	};

	for (int i = 0; i < 4; i++) {
		struct made made = { 0 };

		sealmem_budget_set(NULL, page_size());
		EXPECT_OK(create(kinds[i], 10, &made));
		made_close(&made);
		sealmem_budget_set(NULL, page_size() - 1);
		EXPECT_ERR(EDQUOT, create(kinds[i], 10, &made));
		EXPECT_EQ(i + 1, state_of(NULL).refused);
		EXPECT_TRUE(sealmem_readonly_region_is_empty(&made.readonly));
		EXPECT_TRUE(sealmem_writable_region_is_empty(&made.writable));
		EXPECT_TRUE(sealmem_unsafe_region_is_empty(&made.unsafe));
		EXPECT_EQ(0, made.writer.size);
	}
	EXPECT_EQ(0, used(NULL));
}

/* ---- a peer's ----------------------------------------------------------- */

FIXTURE(peer)
{
	struct sealmem_budget *budget;
	struct sealmem_policy policy;
	struct sealmem_unsafe_region unsafe;
	struct sealmem_writable_region writable;
};

FIXTURE_SETUP(peer)
{
	struct sealmem_unsafe_region unsafe = { 0 };
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_descriptor parts = { 0 };

	ASSERT_OK(sealmem_budget_create(SEALMEM_BUDGET_UNLIMITED,
					&self->budget));
	self->policy = (struct sealmem_policy){
		.struct_size = sizeof(self->policy),
		.budget = self->budget,
	};
	ASSERT_OK(sealmem_unsafe_region_create(2 * page_size(), NULL, &unsafe));
	ASSERT_OK(sealmem_unsafe_region_export(&unsafe, &parts));
	ASSERT_OK(sealmem_unsafe_region_import(&parts, &self->policy,
					       &self->unsafe));
	ASSERT_OK(sealmem_writable_region_create(2 * page_size(), NULL,
						 &writable));
	ASSERT_OK(sealmem_writable_region_export(&writable, &parts));
	ASSERT_OK(sealmem_writable_region_import(&parts, &self->policy,
						 &self->writable));
}

FIXTURE_TEARDOWN(peer)
{
	sealmem_unsafe_region_close(&self->unsafe);
	sealmem_writable_region_close(&self->writable);
	sealmem_budget_close(self->budget);
	EXPECT_EQ(0, used(NULL));
}

TEST_F(peer, mapping_is_charged_to_both_or_to_neither)
{
	struct sealmem_writable_mapping mapping = { 0 };
	size_t size = 2 * page_size();

	EXPECT_EQ(0, used(self->budget));
	ASSERT_OK(sealmem_unsafe_region_map(&self->unsafe, &mapping));
	EXPECT_EQ(size, used(self->budget));
	EXPECT_EQ(size, used(NULL));
	sealmem_writable_mapping_unmap(&mapping);
	EXPECT_EQ(0, used(self->budget));

	allow_pages(self->budget, 1);
	EXPECT_ERR(EDQUOT, sealmem_unsafe_region_map(&self->unsafe, &mapping));
	EXPECT_EQ(0, used(NULL));
	EXPECT_EQ(1, state_of(self->budget).refused);
	EXPECT_EQ(0, state_of(NULL).refused);
	EXPECT_EQ(size, state_of(self->budget).peak);

	allow_pages(self->budget, 2);
	allow_pages(NULL, 1);
	EXPECT_ERR(EDQUOT, sealmem_unsafe_region_map(&self->unsafe, &mapping));
	EXPECT_EQ(0, used(self->budget));
	EXPECT_EQ(1, state_of(self->budget).refused);
	EXPECT_EQ(1, state_of(NULL).refused);
	EXPECT_EQ(0, mapping.size);
}

TEST_F(peer, others_are_not_charged_to_it)
{
	struct made made;

	sealmem_budget_set(self->budget, 0);
	EXPECT_OK(made_create(&made, SEALMEM_KIND_UNSAFE, 1));
	EXPECT_EQ(0, used(self->budget));
	EXPECT_EQ(0, state_of(self->budget).refused);
	made_close(&made);
}

TEST_F(peer, copies_and_conversions_are_charged_to_it)
{
	struct sealmem_unsafe_region copy = { 0 };
	struct sealmem_readonly_region readonly = { 0 }, again = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };
	struct sealmem_readonly_mapping view = { 0 };

	ASSERT_OK(sealmem_unsafe_region_dup(&self->unsafe, &copy));
	ASSERT_OK(sealmem_writable_region_to_readonly(&self->writable,
						      &readonly));
	ASSERT_OK(sealmem_readonly_region_dup(&readonly, &again));
	sealmem_readonly_region_close(&readonly);
	EXPECT_OK(sealmem_unsafe_region_map(&copy, &mapping));
	EXPECT_EQ(2 * page_size(), used(self->budget));
	EXPECT_OK(sealmem_readonly_region_map(&again, &view));
	EXPECT_EQ(4 * page_size(), used(self->budget));
	sealmem_writable_mapping_unmap(&mapping);
	sealmem_readonly_mapping_unmap(&view);
	EXPECT_EQ(0, used(self->budget));
	sealmem_unsafe_region_close(&copy);
	sealmem_readonly_region_close(&again);
}

/* What was exported is whoever imports it's. */
TEST_F(peer, budget_does_not_travel)
{
	struct sealmem_writable_mapping mapping = { 0 };
	struct sealmem_descriptor parts = { 0 };

	ASSERT_OK(sealmem_unsafe_region_export(&self->unsafe, &parts));
	ASSERT_OK(sealmem_unsafe_region_import(&parts, NULL, &self->unsafe));
	ASSERT_OK(sealmem_unsafe_region_map(&self->unsafe, &mapping));
	EXPECT_EQ(0, used(self->budget));
	EXPECT_EQ(2 * page_size(), used(NULL));
	sealmem_writable_mapping_unmap(&mapping);
}

/* A peer goes, and its owner with it; what it sent is still in use. */
TEST_F(peer, budget_may_be_closed_first)
{
	struct sealmem_writable_mapping first = { 0 }, second = { 0 };

	sealmem_budget_set(self->budget, 2 * page_size());
	sealmem_budget_close(self->budget);
	self->budget = NULL;
	ASSERT_OK(sealmem_unsafe_region_map(&self->unsafe, &first));
	EXPECT_ERR(EDQUOT, sealmem_unsafe_region_map(&self->unsafe, &second));
	sealmem_unsafe_region_close(&self->unsafe);
	sealmem_writable_region_close(&self->writable);
	EXPECT_EQ(2 * page_size(), used(NULL));
	sealmem_writable_mapping_unmap(&first);
}

/* LeakSanitizer sees a reference that would be kept. */
TEST_F(peer, refused_region_does_not_keep_the_budget)
{
	struct sealmem_descriptor parts = {
		.kind = SEALMEM_KIND_UNSAFE, .size = 1, .token = { 1, 2 },
		.fd = open("/dev/null", O_RDWR | O_CLOEXEC),
	};
	struct sealmem_unsafe_region region = { 0 };

	EXPECT_ERR(EPROTO, sealmem_unsafe_region_import(&parts, &self->policy,
							&region));
	EXPECT_TRUE(sealmem_unsafe_region_is_empty(&region));
}

/* ---- many --------------------------------------------------------------- */

static int send_made(struct sealmem_channel *channel, struct made *made)
{
	if (made->kind == SEALMEM_KIND_READONLY)
		return sealmem_channel_send_readonly(channel, &made->readonly,
						     NULL);
	if (made->kind == SEALMEM_KIND_WRITABLE)
		return sealmem_channel_send_writable(channel, &made->writable,
						     NULL);
	return sealmem_channel_send_unsafe(channel, &made->unsafe, NULL);
}

/* The handle moves to where made_map() looks for it. */
static void unpack(struct sealmem_received_region *received, struct made *made)
{
	*made = (struct made){ .kind = received->kind };
	if (received->kind == SEALMEM_KIND_READONLY)
		made->readonly = received->as.readonly;
	else if (received->kind == SEALMEM_KIND_WRITABLE)
		made->writable = received->as.writable;
	else
		made->unsafe = received->as.unsafe;
}

static void send_receive_map_close(struct sealmem_channel ends[2],
				   const struct sealmem_policy *policy,
				   enum sealmem_kind kind, size_t size)
{
	struct sealmem_received_region received = { 0 };
	struct made sent, got;
	struct view view;
	uint32_t refusal;

	ASSERT_OK(made_create(&sent, kind, size));
	ASSERT_OK(send_made(&ends[0], &sent));
	made_close(&sent);
	ASSERT_OK(sealmem_channel_receive(&ends[1], policy, 0, &received,
					  &refusal));
	unpack(&received, &got);
	ASSERT_OK(made_map(&got, &view));
	EXPECT_EQ(FILL, view.bytes[size - 1]);
	EXPECT_LE(size, used(policy->budget));
	view_unmap(&view);
	made_close(&got);
}

TEST_F_TIMEOUT(peer, a_thousand_received_regions_leave_nothing_behind, 60)
{
	struct sealmem_tracker_total before, after;
	struct sealmem_channel ends[2] = { 0 };
	char *census, *census_after;

	ASSERT_OK(sealmem_channel_pair(&ends[0], &ends[1]));
	ASSERT_OK(sealmem_tracker_total(&before));
	census = th_census();
	for (int i = 0; i < 1000; i++)
		send_receive_map_close(ends, &self->policy,
				       SEALMEM_KIND_READONLY + i % 3,
				       (size_t)1 + i * 37);
	census_after = th_census();
	EXPECT_STREQ(census, census_after);
	free(census);
	free(census_after);
	ASSERT_OK(sealmem_tracker_total(&after));
	EXPECT_MEMEQ(&before, &after, sizeof(before));
	EXPECT_EQ(0, used(self->budget));
	EXPECT_EQ(0, used(NULL));
	/* The largest, which comes in whole pages. */
	EXPECT_EQ((36963 + page_size()) / page_size() * page_size(),
		  state_of(self->budget).peak);
	sealmem_channel_close(&ends[0]);
	sealmem_channel_close(&ends[1]);
}

/* ---- threads ------------------------------------------------------------ */

#define THREADS 6
#define ROUNDS	3000
/* So many mappings fit: one a thread, and one that they are all after. */
#define FIT	(THREADS + 1)

struct load {
	const struct sealmem_unsafe_region *region;
	int done;
	uint64_t refused;
};

static void *map_and_unmap(void *argument)
{
	struct load *load = argument;
	struct sealmem_writable_mapping mapping = { 0 };
	uint64_t refused = 0;

	for (int i = 0; i < ROUNDS; i++) {
		int ret = sealmem_unsafe_region_map(load->region, &mapping);

		if (ret < 0) {
			EXPECT_EQ(-EDQUOT, ret);
			refused++;
			continue;
		}
		*(volatile char *)mapping.addr = 1;
		sealmem_writable_mapping_unmap(&mapping);
	}
	__atomic_add_fetch(&load->refused, refused, __ATOMIC_RELAXED);
	__atomic_add_fetch(&load->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void *map_twice(void *argument)
{
	struct load *load = argument;
	struct sealmem_writable_mapping mapping = { 0 };

	/* There may be no room for it when others are quick. */
	if (sealmem_unsafe_region_map(load->region, &mapping) < 0)
		__atomic_add_fetch(&load->refused, 1, __ATOMIC_RELAXED);
	map_and_unmap(load);
	sealmem_writable_mapping_unmap(&mapping);
	return NULL;
}

TEST_F_TIMEOUT(peer, threads_never_get_above_the_limit, 60)
{
	struct load load = { .region = &self->unsafe };
	uint64_t limit = FIT * 2 * page_size();
	pthread_t threads[THREADS];

	sealmem_budget_set(self->budget, limit);
	for (int i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, map_twice,
					    &load));
	while (__atomic_load_n(&load.done, __ATOMIC_ACQUIRE) < THREADS) {
		EXPECT_LE(used(self->budget), limit);
		EXPECT_LE(used(NULL), limit);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(0, used(self->budget));
	EXPECT_LE(state_of(self->budget).peak, limit);
	EXPECT_EQ(load.refused, state_of(self->budget).refused);
}

TH_MAIN
