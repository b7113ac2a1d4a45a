/* SPDX-License-Identifier: MIT */
/*
 * Import: upstream's cases 11 to 15 and 24, by number, what is declared, and
 * policies. What is refused for what the descriptor is: refusal_test.c.
 *
 * Where C on Linux differs from upstream:
 *   13-15, 24   upstream's error codes are refusals here; a writable region is
 *               one descriptor, not two, so W taken as U is accepted by the
 *               access mode and refused by the missing SEAL, and U taken as W
 *               is refused by the SEAL it has
 */
#include <limits.h>

#include "recipe.h"

/* --- upstream's cases ----------------------------------------------------- */

static struct sealmem_writable_region make_writable(void)
{
	struct sealmem_writable_region region = { 0 };

	ASSERT_OK(sealmem_writable_region_create(SIZE, NULL, &region));
	return region;
}

static void expect_declared_size_refused(uint64_t size,
					 enum sealmem_refusal refusal)
{
	struct sealmem_writable_region region = make_writable();
	struct sealmem_descriptor descriptor = { 0 };

	ASSERT_OK(sealmem_writable_region_export(&region, &descriptor));
	descriptor.size = size;
	EXPECT_ERR(EBADMSG, sealmem_writable_region_import(&descriptor, NULL,
							   &region));
	EXPECT_EQ(refusal, descriptor.refusal);
	EXPECT_EQ(SEALMEM_KIND_NONE, descriptor.kind);
	EXPECT_TRUE(sealmem_writable_region_is_empty(&region));
}

TEST(case_011_import_of_size_zero)
{
	expect_declared_size_refused(0, SEALMEM_REFUSAL_SIZE_ZERO);
}

TEST(case_012_import_too_large)
{
	expect_declared_size_refused((uint64_t)INT_MAX + 1,
				     SEALMEM_REFUSAL_SIZE_LIMIT);
	expect_declared_size_refused(UINT64_MAX, SEALMEM_REFUSAL_SIZE_LIMIT);
}

static uint32_t readonly_as(enum sealmem_kind kind)
{
	struct sealmem_writable_region writable = make_writable();
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_descriptor descriptor = { 0 };

	ASSERT_OK(sealmem_writable_region_to_readonly(&writable, &region));
	ASSERT_OK(sealmem_readonly_region_export(&region, &descriptor));
	return import_as(&descriptor, kind);
}

static uint32_t writable_as(enum sealmem_kind kind)
{
	struct sealmem_writable_region region = make_writable();
	struct sealmem_descriptor descriptor = { 0 };

	ASSERT_OK(sealmem_writable_region_export(&region, &descriptor));
	return import_as(&descriptor, kind);
}

static uint32_t unsafe_as(enum sealmem_kind kind)
{
	struct sealmem_unsafe_region region = { 0 };
	struct sealmem_descriptor descriptor = { 0 };

	ASSERT_OK(sealmem_unsafe_region_create(SIZE, NULL, &region));
	ASSERT_OK(sealmem_unsafe_region_export(&region, &descriptor));
	return import_as(&descriptor, kind);
}

TEST(case_013_import_of_a_readonly_descriptor)
{
	EXPECT_EQ(SEALMEM_REFUSAL_NONE, readonly_as(SEALMEM_KIND_READONLY));
	EXPECT_EQ(SEALMEM_REFUSAL_WRITE_SEALED,
		  readonly_as(SEALMEM_KIND_WRITABLE));
	EXPECT_EQ(SEALMEM_REFUSAL_WRITE_SEALED,
		  readonly_as(SEALMEM_KIND_UNSAFE));
}

TEST(case_014_import_of_a_writable_descriptor)
{
	EXPECT_EQ(SEALMEM_REFUSAL_NONE, writable_as(SEALMEM_KIND_WRITABLE));
	EXPECT_EQ(SEALMEM_REFUSAL_NO_SEAL_SEAL,
		  writable_as(SEALMEM_KIND_READONLY));
	EXPECT_EQ(SEALMEM_REFUSAL_NO_SEAL_SEAL,
		  writable_as(SEALMEM_KIND_UNSAFE));
}

TEST(case_015_import_of_an_unsafe_descriptor)
{
	EXPECT_EQ(SEALMEM_REFUSAL_NONE, unsafe_as(SEALMEM_KIND_UNSAFE));
	EXPECT_EQ(SEALMEM_REFUSAL_NO_WRITE_SEAL,
		  unsafe_as(SEALMEM_KIND_READONLY));
	EXPECT_EQ(SEALMEM_REFUSAL_SEAL_SEALED,
		  unsafe_as(SEALMEM_KIND_WRITABLE));
}

/* With the seals right, the access mode alone decides. */
TEST(case_024_access_mode_corresponds_to_kind)
{
	EXPECT_EQ(0, writable_from((struct recipe){ .seals = SIZE_SEALS }));
	EXPECT_EQ(0, unsafe_from((struct recipe){ .seals = UNSAFE_SEALS }));
	EXPECT_EQ(0, readonly_from((struct recipe){ .seals = LIVE_SEALS }));
	EXPECT_EQ(0, readonly_from((struct recipe){ .seals = FROZEN_SEALS }));
	EXPECT_EQ(SEALMEM_REFUSAL_ACCESS_MODE,
		  readonly_from((struct recipe){ .seals = LIVE_SEALS,
						 .access = O_RDWR }));
	EXPECT_EQ(SEALMEM_REFUSAL_ACCESS_MODE,
		  readonly_from((struct recipe){ .seals = LIVE_SEALS,
						 .access = O_WRONLY }));
	EXPECT_EQ(SEALMEM_REFUSAL_ACCESS_MODE,
		  unsafe_from((struct recipe){ .seals = UNSAFE_SEALS,
					       .access = O_WRONLY }));
	EXPECT_EQ(SEALMEM_REFUSAL_ACCESS_MODE,
		  import_cooked((struct recipe){ .seals = UNSAFE_SEALS },
				SEALMEM_KIND_UNSAFE, NULL));
	EXPECT_EQ(SEALMEM_REFUSAL_ACCESS_MODE,
		  import_cooked((struct recipe){ .seals = SIZE_SEALS },
				SEALMEM_KIND_WRITABLE, NULL));
}

/* --- what is declared ----------------------------------------------------- */

TEST(refuses_another_kind_than_declared)
{
	struct recipe live = { .seals = LIVE_SEALS };
	struct sealmem_descriptor parts;

	parts = declare(cook(&live), SEALMEM_KIND_UNSAFE, page_size());
	EXPECT_EQ(SEALMEM_REFUSAL_KIND,
		  import_with(&parts, SEALMEM_KIND_READONLY, NULL));
	parts = declare(cook(&live), 77, page_size());
	EXPECT_EQ(SEALMEM_REFUSAL_KIND,
		  import_with(&parts, SEALMEM_KIND_READONLY, NULL));
}

TEST(refuses_the_empty_token)
{
	struct recipe live = { .seals = LIVE_SEALS };
	struct sealmem_descriptor parts =
		declare(cook(&live), SEALMEM_KIND_READONLY, page_size());

	parts.token = (struct sealmem_token){ 0 };
	EXPECT_EQ(SEALMEM_REFUSAL_TOKEN,
		  import_with(&parts, SEALMEM_KIND_READONLY, NULL));
}

TEST(refuses_more_than_the_policy_allows)
{
	struct sealmem_policy policy = {
		.struct_size = sizeof(policy),
		.size_max = page_size() - 1,
	};
	struct recipe live = { .seals = LIVE_SEALS };

	EXPECT_EQ(SEALMEM_REFUSAL_SIZE_LIMIT,
		  import_cooked(live, SEALMEM_KIND_READONLY, &policy));
	policy.size_max++;
	EXPECT_EQ(SEALMEM_REFUSAL_NONE,
		  import_cooked(live, SEALMEM_KIND_READONLY, &policy));
}

TEST(empty_parts_own_no_descriptor)
{
	struct sealmem_descriptor parts = { 0 };
	struct sealmem_readonly_region region = { 0 };

	/* Descriptor 0 must survive this. */
	EXPECT_ERR(EBADF,
		   sealmem_readonly_region_import(&parts, NULL, &region));
	sealmem_descriptor_close(&parts);
	EXPECT_SYS(fcntl(0, F_GETFD));
}

/* --- policies ------------------------------------------------------------- */

TEST(upstream_policy_accepts_what_chromium_makes)
{
	struct sealmem_policy policy = {
		.struct_size = sizeof(policy),
		.flags = SEALMEM_POLICY_UPSTREAM,
	};
	struct recipe made = { .seals = UNSAFE_SEALS, .size = SIZE };
	struct sealmem_descriptor parts;
	struct sealmem_readonly_region region = { 0 };

	EXPECT_EQ(SEALMEM_REFUSAL_NO_WRITE_SEAL, readonly_from(made));
	parts = declare(cook(&made), SEALMEM_KIND_READONLY, SIZE);
	ASSERT_OK(sealmem_readonly_region_import(&parts, &policy, &region));
	/* It says itself that nothing but the descriptor protects it. */
	EXPECT_EQ(SEALMEM_LEVEL_DESCRIPTOR,
		  sealmem_readonly_region_level(&region));
	sealmem_readonly_region_close(&region);

	made.access = O_RDWR;
	made.has_hole = true;
	made.mode = 0777;
	EXPECT_EQ(0, import_cooked(made, SEALMEM_KIND_UNSAFE, &policy));
	EXPECT_EQ(0, import_cooked(made, SEALMEM_KIND_WRITABLE, &policy));
}

/* What has F_SEAL_SEAL already gets no write seal, and says so. */
TEST(upstream_writable_region_converts_to_descriptor_level)
{
	struct sealmem_policy policy = {
		.struct_size = sizeof(policy),
		.flags = SEALMEM_POLICY_UPSTREAM,
	};
	struct recipe made = { .seals = UNSAFE_SEALS, .access = O_RDWR };
	struct sealmem_descriptor parts =
		declare(cook(&made), SEALMEM_KIND_WRITABLE, page_size());
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_readonly_region region = { 0 };

	ASSERT_OK(sealmem_writable_region_import(&parts, &policy, &writable));
	EXPECT_ERR(EPERM, sealmem_writable_region_freeze(&writable, &region));
	ASSERT_OK(sealmem_writable_region_to_readonly(&writable, &region));
	EXPECT_EQ(SEALMEM_LEVEL_DESCRIPTOR,
		  sealmem_readonly_region_level(&region));
	sealmem_readonly_region_close(&region);
}

TEST(upstream_policy_still_refuses)
{
	struct sealmem_policy policy = {
		.struct_size = sizeof(policy),
		.flags = SEALMEM_POLICY_UPSTREAM,
	};
	int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct recipe forged = { .seals = FROZEN_SEALS, .mode = 0500 };
	struct recipe short_one = { .seals = UNSAFE_SEALS, .size = SIZE };
	struct sealmem_descriptor parts;

	EXPECT_EQ(SEALMEM_REFUSAL_EXECUTABLE,
		  import_cooked(forged, SEALMEM_KIND_READONLY, &policy));
	parts = declare(cook(&short_one), SEALMEM_KIND_READONLY, SIZE + 1);
	EXPECT_EQ(SEALMEM_REFUSAL_SIZE_MISMATCH,
		  import_with(&parts, SEALMEM_KIND_READONLY, &policy));
	if (fd < 0)
		return;
	ASSERT_SYS(ftruncate(fd, SIZE));
	parts = declare(fd, SEALMEM_KIND_UNSAFE, SIZE);
	EXPECT_EQ(SEALMEM_REFUSAL_NO_SHRINK_SEAL,
		  import_with(&parts, SEALMEM_KIND_UNSAFE, &policy));
}

TEST(policies_that_make_no_sense)
{
	struct sealmem_policy policies[] = {
		{ .struct_size = 0 },
		{ .struct_size = sizeof(policies[0]) - 1 },
		{ .struct_size = 1 << 20 },
		{ .struct_size = sizeof(policies[0]), .flags = 1u << 31 },
		{ .struct_size = sizeof(policies[0]), .reserved = 1 },
	};
	struct recipe live = { .seals = LIVE_SEALS };
	struct sealmem_readonly_region region = { 0 };

	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		struct sealmem_descriptor parts = declare(
			cook(&live), SEALMEM_KIND_READONLY, page_size());

		EXPECT_ERR(EINVAL, sealmem_readonly_region_import(
					   &parts, &policies[i], &region));
		EXPECT_EQ(SEALMEM_REFUSAL_SYSTEM, parts.refusal);
	}
}

TEST(a_policy_of_a_later_version)
{
	struct {
		struct sealmem_policy known;
		uint64_t later;
	} policy = { .known = { .struct_size = sizeof(policy) } };
	struct recipe live = { .seals = LIVE_SEALS };
	struct sealmem_descriptor parts;
	struct sealmem_readonly_region region = { 0 };

	EXPECT_EQ(0, import_cooked(live, SEALMEM_KIND_READONLY, &policy.known));
	policy.later = 1;
	parts = declare(cook(&live), SEALMEM_KIND_READONLY, page_size());
	EXPECT_ERR(EINVAL, sealmem_readonly_region_import(
				   &parts, &policy.known, &region));
}

TEST(every_refusal_has_a_text)
{
	for (uint32_t i = 0; i <= SEALMEM_REFUSAL_REQUEST; i++) {
		ASSERT_NOT_NULL(sealmem_refusal_text(i));
		EXPECT_STRNE("unknown reason", sealmem_refusal_text(i));
	}
	EXPECT_STREQ("unknown reason",
		     sealmem_refusal_text(SEALMEM_REFUSAL_REQUEST + 1));
	EXPECT_STREQ("unknown reason", sealmem_refusal_text(UINT32_MAX));
}

TH_MAIN
