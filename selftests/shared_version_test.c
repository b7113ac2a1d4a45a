/* SPDX-License-Identifier: MIT */
/*
 * Shared versions as upstream's tests see them, cases 136 to 139 (each name
 * begins with the number of its case); numbers wider than a load; controllers
 * that are killed half-way or lie.
 */
#include <pthread.h>

#include "handmade.h"

#define HEADER 64
/* Words of the struct, as lib/shared_version.c has them. */
#define AHEAD 0
#define LOWER 1
#define BEHIND 2
#define COMMITTED 16

FIXTURE(pair)
{
	struct sealmem_readonly_region region;
	struct sealmem_version_controller controller;
	struct sealmem_version_client client;
};

FIXTURE_SETUP(pair)
{
	ASSERT_OK(sealmem_version_controller_create(NULL, &self->region,
						    &self->controller));
	ASSERT_OK(sealmem_version_client_attach(&self->region, &self->client));
}

FIXTURE_TEARDOWN(pair)
{
	sealmem_version_client_close(&self->client);
	sealmem_version_controller_close(&self->controller);
	sealmem_readonly_region_close(&self->region);
}

/* --- upstream's cases ------------------------------------------------------ */

TEST_F(pair, case_136_both_start_with_the_initial_version)
{
	const struct sealmem_version_client *client = &self->client;

	EXPECT_EQ(SEALMEM_SHARED_VERSION_INITIAL,
		  sealmem_version_controller_version(&self->controller));
	EXPECT_EQ(SEALMEM_SHARED_VERSION_INITIAL,
		  sealmem_version_client_version(client));
	EXPECT_FALSE(sealmem_version_client_is_below(
		client, SEALMEM_SHARED_VERSION_INITIAL));
	EXPECT_FALSE(sealmem_version_client_is_above(
		client, SEALMEM_SHARED_VERSION_INITIAL));
	EXPECT_TRUE(sealmem_version_client_is_below(
		client, SEALMEM_SHARED_VERSION_INVALID));
	EXPECT_TRUE(sealmem_version_client_is_above(
		client, SEALMEM_SHARED_VERSION_INVALID));
	EXPECT_EQ(0, sealmem_version_controller_committed_writes(
			     &self->controller));
	EXPECT_FALSE(sealmem_version_client_is_committed_below(client, 0));
	EXPECT_TRUE(sealmem_version_client_is_committed_below(client, 1));
}

TEST_F(pair, case_137_the_client_sees_increments)
{
	const struct sealmem_version_client *client = &self->client;

	EXPECT_TRUE(sealmem_version_client_is_below(client, 2));
	ASSERT_OK(sealmem_version_controller_increment(&self->controller));
	EXPECT_EQ(2, sealmem_version_controller_version(&self->controller));
	EXPECT_EQ(2, sealmem_version_client_version(client));
	EXPECT_TRUE(sealmem_version_client_is_above(client, 1));
	EXPECT_FALSE(sealmem_version_client_is_below(client, 1));
	EXPECT_FALSE(sealmem_version_client_is_above(client, 2));
	EXPECT_FALSE(sealmem_version_client_is_below(client, 2));
	EXPECT_FALSE(sealmem_version_client_is_above(client, 3));
	EXPECT_TRUE(sealmem_version_client_is_below(client, 3));
}

TEST_F(pair, case_138_the_client_sees_committed_writes)
{
	const struct sealmem_version_client *client = &self->client;

	for (uint64_t count = 1; count <= 3; count++) {
		EXPECT_TRUE(sealmem_version_client_is_committed_below(client,
								      count));
		ASSERT_OK(sealmem_version_controller_commit_write(
			&self->controller));
		EXPECT_FALSE(sealmem_version_client_is_committed_below(
			client, count));
		EXPECT_EQ(count, sealmem_version_controller_committed_writes(
					 &self->controller));
	}
	EXPECT_EQ(SEALMEM_SHARED_VERSION_INITIAL,
		  sealmem_version_client_version(client));
}

TEST_F(pair, case_139_the_client_outlives_the_controller)
{
	ASSERT_OK(sealmem_version_controller_increment(&self->controller));
	ASSERT_OK(sealmem_version_controller_commit_write(&self->controller));
	sealmem_version_controller_close(&self->controller);
	sealmem_readonly_region_close(&self->region);
	EXPECT_EQ(2, sealmem_version_client_version(&self->client));
	EXPECT_FALSE(sealmem_version_client_is_committed_below(&self->client,
							       1));
	EXPECT_TRUE(sealmem_version_client_is_committed_below(&self->client,
							      2));
}

/* --- what upstream aborts on ----------------------------------------------- */

TEST_F(pair, versions_do_not_decrease_and_have_an_end)
{
	struct sealmem_version_controller *c = &self->controller;

	EXPECT_OK(sealmem_version_controller_set(c, 5));
	EXPECT_OK(sealmem_version_controller_set(c, 5));
	EXPECT_ERR(EINVAL, sealmem_version_controller_set(c, 4));
	EXPECT_ERR(EINVAL, sealmem_version_controller_set(
				   c, SEALMEM_SHARED_VERSION_INVALID));
	EXPECT_ERR(EOVERFLOW, sealmem_version_controller_set(c, UINT64_MAX));
	EXPECT_EQ(5, sealmem_version_client_version(&self->client));
	EXPECT_OK(sealmem_version_controller_set(c, UINT64_MAX - 1));
	EXPECT_ERR(EOVERFLOW, sealmem_version_controller_increment(c));
	EXPECT_EQ(UINT64_MAX - 1, sealmem_version_controller_version(c));
	EXPECT_EQ(UINT64_MAX - 1, sealmem_version_client_version(&self->client));
	c->committed_writes = UINT64_MAX;
	EXPECT_ERR(EOVERFLOW, sealmem_version_controller_commit_write(c));
}

TEST(empty_ones)
{
	struct sealmem_version_controller controller = { 0 };
	struct sealmem_version_client client = { 0 };
	struct sealmem_readonly_region region = { 0 };

	EXPECT_ERR(EBADF, sealmem_version_controller_increment(&controller));
	EXPECT_ERR(EBADF, sealmem_version_controller_set(&controller, 9));
	EXPECT_ERR(EBADF, sealmem_version_controller_commit_write(&controller));
	EXPECT_EQ(SEALMEM_SHARED_VERSION_INVALID,
		  sealmem_version_controller_version(&controller));
	EXPECT_EQ(0,
		  sealmem_version_controller_committed_writes(&controller));
	EXPECT_ERR(EBADF, sealmem_version_client_attach(&region, &client));
	EXPECT_EQ(SEALMEM_SHARED_VERSION_INVALID,
		  sealmem_version_client_version(&client));
	EXPECT_TRUE(sealmem_version_client_is_below(&client, 0));
	EXPECT_TRUE(sealmem_version_client_is_above(&client, UINT64_MAX));
	EXPECT_TRUE(sealmem_version_client_is_committed_below(&client, 0));
	sealmem_version_controller_close(&controller);
	sealmem_version_client_close(&client);
}

/* --- 64 bits, 32 at a time -------------------------------------------------- */

TEST_F(pair, numbers_of_64_bits)
{
	static const uint64_t versions[] = {
		UINT32_MAX - 1, UINT32_MAX,	 1ull << 32,
		(1ull << 32) + 5, (1ull << 33) + 5, 1ull << 63,
	};

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		uint64_t v = versions[i];

		ASSERT_OK(sealmem_version_controller_set(&self->controller, v));
		EXPECT_EQ(v, sealmem_version_client_version(&self->client));
		EXPECT_TRUE(sealmem_version_client_is_above(&self->client,
							    v - 1));
		EXPECT_TRUE(sealmem_version_client_is_below(&self->client,
							    v + 1));
		EXPECT_FALSE(sealmem_version_client_is_below(&self->client, v));
	}
	ASSERT_OK(sealmem_version_controller_increment(&self->controller));
	EXPECT_EQ((1ull << 63) + 1,
		  sealmem_version_client_version(&self->client));
}

struct load {
	struct sealmem_version_controller *controller;
	int is_stopping;
};

/* Of each upper half the lower one follows, so that a torn one shows. */
static uint64_t version_of(uint32_t upper)
{
	return (uint64_t)upper << 32 | (upper * 2654435761u);
}

static void *set_flat_out(void *argument)
{
	struct load *load = argument;

	for (uint32_t upper = 1;
	     !__atomic_load_n(&load->is_stopping, __ATOMIC_RELAXED); upper++)
		ASSERT_OK(sealmem_version_controller_set(load->controller,
							 version_of(upper)));
	return NULL;
}

static void expect_whole_versions(const struct sealmem_version_client *client)
{
	uint64_t newest = 0;
	int known = 0;

	for (int i = 0; i < 200000; i++) {
		uint64_t v = sealmem_version_client_version(client);

		if (v == SEALMEM_SHARED_VERSION_INVALID ||
		    v == SEALMEM_SHARED_VERSION_INITIAL)
			continue;
		ASSERT_EQ(version_of((uint32_t)(v >> 32)), v);
		ASSERT_GE(v, newest);
		newest = v;
		known++;
	}
	TH_LOG("%d versions could be read", known);
}

/*
 * Also through the controller's own mapping: ThreadSanitizer knows memory by
 * its address.
 */
TEST_F_TIMEOUT(pair, versions_are_read_whole_and_in_order, 60)
{
	struct load load = { .controller = &self->controller };
	struct sealmem_version_client same = { 0 };
	uint64_t last;
	pthread_t thread;

	same.mapping.addr = self->controller.mapping.addr;
	ASSERT_EQ(0, pthread_create(&thread, NULL, set_flat_out, &load));
	expect_whole_versions(&self->client);
	expect_whole_versions(&same);
	__atomic_store_n(&load.is_stopping, 1, __ATOMIC_RELAXED);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	last = sealmem_version_controller_version(&self->controller);
	EXPECT_EQ(last, sealmem_version_client_version(&self->client));
}

/* --- controllers that do not do as they should ------------------------------ */

/* A client of memory that somebody goes on writing into. */
static uint32_t *attach_to_handmade(struct th_self_pair *self,
				    struct sealmem_version_client *ret_client,
				    void **ret_memory)
{
	struct sealmem_descriptor parts = { .kind = SEALMEM_KIND_READONLY };
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_readonly_mapping whole = { 0 };

	parts.size = page_size();
	ASSERT_OK(sealmem_token_generate(&parts.token));
	parts.fd = handmade_live(ret_memory);
	ASSERT_OK(sealmem_readonly_region_map(&self->region, &whole));
	memcpy(*ret_memory, whole.addr, whole.size);
	sealmem_readonly_mapping_unmap(&whole);
	ASSERT_OK(sealmem_readonly_region_import(&parts, NULL, &region));
	ASSERT_OK(sealmem_version_client_attach(&region, ret_client));
	sealmem_readonly_region_close(&region);
	return (uint32_t *)*ret_memory + HEADER / 4;
}

/* After each store of the way from one upper half to the next. */
TEST_F(pair, killed_while_the_upper_half_changes)
{
	struct sealmem_version_client client = { 0 };
	void *memory;
	uint32_t *words = attach_to_handmade(self, &client, &memory);

	words[LOWER] = UINT32_MAX;
	EXPECT_EQ(UINT32_MAX, sealmem_version_client_version(&client));
	for (int i = 0; i < 2; i++) {
		words[i == 0 ? AHEAD : LOWER] = i == 0 ? 1 : 0;
		EXPECT_EQ(SEALMEM_SHARED_VERSION_INVALID,
			  sealmem_version_client_version(&client));
		EXPECT_TRUE(sealmem_version_client_is_below(&client, 1));
		EXPECT_TRUE(sealmem_version_client_is_above(&client,
							    UINT64_MAX));
	}
	EXPECT_FALSE(sealmem_version_client_is_committed_below(&client, 0));
	words[BEHIND] = 1;
	EXPECT_EQ(1ull << 32, sealmem_version_client_version(&client));
	words[COMMITTED + AHEAD] = 1;
	EXPECT_TRUE(sealmem_version_client_is_committed_below(&client, 0));
	sealmem_version_client_close(&client);
	munmap(memory, page_size());
}

TEST_F(pair, controller_that_writes_anything)
{
	struct sealmem_version_client client = { 0 };
	void *memory;
	uint32_t *words = attach_to_handmade(self, &client, &memory);

	for (unsigned int with = 0; with <= 0xff; with++) {
		memset(memory, (int)with, page_size());
		EXPECT_EQ(words[LOWER],
			  (uint32_t)sealmem_version_client_version(&client));
		EXPECT_EQ(with != 0xff, sealmem_version_client_is_below(
						&client, UINT64_MAX));
		EXPECT_FALSE(sealmem_version_client_is_above(&client,
							     UINT64_MAX));
	}
	sealmem_version_client_close(&client);
	munmap(memory, page_size());
}

TEST(region_of_something_else)
{
	struct sealmem_structured_layout layout = {
		.struct_size = sizeof(layout),
		.size = 128,
		.alignment = 64,
		.magic = 1,
		.version = 1,
	};
	struct sealmem_version_client client = { 0 };
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping writer = { 0 };

	ASSERT_OK(sealmem_structured_create(&layout, NULL, NULL, &region,
					    &writer));
	EXPECT_ERR(EPROTO, sealmem_version_client_attach(&region, &client));
	EXPECT_NULL(client.mapping.addr);
	sealmem_writable_mapping_unmap(&writer);
	sealmem_readonly_region_close(&region);
}

TH_MAIN
