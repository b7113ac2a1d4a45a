/* SPDX-License-Identifier: MIT */
/*
 * Structs that do not fit what a reader was built for, because their writer is
 * another version, errs or lies: each gives its reason, and no pointer. And
 * fingerprints, by which members are told apart.
 */
#include "handmade.h"
#include "scale.h"

static enum sealmem_structured_mismatch
mismatch_of(const struct sealmem_readonly_region *region,
	    const struct sealmem_structured_layout *layout)
{
	enum sealmem_structured_mismatch mismatch = SEALMEM_STRUCTURED_FITS;
	struct sealmem_readonly_mapping reader = { 0 };
	int ret = sealmem_structured_attach(region, layout, &reader, &mismatch);

	if (ret != 0)
		EXPECT_EQ(-EPROTO, ret);
	EXPECT_EQ(ret == 0, mismatch == SEALMEM_STRUCTURED_FITS);
	EXPECT_EQ(ret == 0, reader.addr != NULL);
	sealmem_readonly_mapping_unmap(&reader);
	return mismatch;
}

TEST_F(shared, each_difference_has_its_reason)
{
	struct sealmem_structured_layout other = self->layout;

	EXPECT_EQ(SEALMEM_STRUCTURED_FITS, mismatch_of(&self->region, &other));
	other.fingerprint++;
	EXPECT_EQ(SEALMEM_STRUCTURED_FINGERPRINT,
		  mismatch_of(&self->region, &other));
	other.alignment *= 2;
	EXPECT_EQ(SEALMEM_STRUCTURED_ALIGNMENT,
		  mismatch_of(&self->region, &other));
	other.size++;
	EXPECT_EQ(SEALMEM_STRUCTURED_SIZE, mismatch_of(&self->region, &other));
	other.version++;
	EXPECT_EQ(SEALMEM_STRUCTURED_VERSION,
		  mismatch_of(&self->region, &other));
	other.magic++;
	EXPECT_EQ(SEALMEM_STRUCTURED_MAGIC, mismatch_of(&self->region, &other));
}

TEST(each_reason_has_a_text)
{
	for (uint32_t i = 0; i <= SEALMEM_STRUCTURED_FINGERPRINT; i++) {
		EXPECT_STRNE("unknown", sealmem_structured_mismatch_text(i));
		for (uint32_t j = 0; j < i; j++)
			EXPECT_STRNE(sealmem_structured_mismatch_text(i),
				     sealmem_structured_mismatch_text(j));
	}
	EXPECT_STREQ("unknown", sealmem_structured_mismatch_text(
					SEALMEM_STRUCTURED_FINGERPRINT + 1));
	EXPECT_STREQ("unknown", sealmem_structured_mismatch_text(UINT32_MAX));
}

/* A frozen region with these bytes: a peer can put there what it likes. */
static enum sealmem_structured_mismatch
mismatch_of_bytes(const void *bytes, size_t size,
		  const struct sealmem_structured_layout *layout)
{
	struct sealmem_readonly_region region = { 0 };
	enum sealmem_structured_mismatch mismatch;

	ASSERT_OK(sealmem_readonly_region_create_from(bytes, size, NULL,
						      &region));
	mismatch = mismatch_of(&region, layout);
	sealmem_readonly_region_close(&region);
	return mismatch;
}

#define HEADER 64

static void bytes_of(const struct sealmem_readonly_region *region,
		     unsigned char *bytes, size_t size)
{
	struct sealmem_readonly_mapping whole = { 0 };

	ASSERT_OK(sealmem_readonly_region_map(region, &whole));
	ASSERT_LE(size, whole.size);
	memcpy(bytes, whole.addr, size);
	sealmem_readonly_mapping_unmap(&whole);
}

TEST_F(shared, every_bit_of_the_header_counts)
{
	unsigned char bytes[HEADER + sizeof(struct scale)];

	bytes_of(&self->region, bytes, sizeof(bytes));
	ASSERT_EQ(SEALMEM_STRUCTURED_FITS,
		  mismatch_of_bytes(bytes, sizeof(bytes), &self->layout));
	for (size_t bit = 0; bit < 8 * HEADER; bit++) {
		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
		EXPECT_NE(SEALMEM_STRUCTURED_FITS,
			  mismatch_of_bytes(bytes, sizeof(bytes),
					    &self->layout));
		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
}

TEST_F(shared, every_size_that_is_too_small)
{
	unsigned char bytes[HEADER + sizeof(struct scale)];

	bytes_of(&self->region, bytes, sizeof(bytes));
	for (size_t size = 1; size < sizeof(bytes); size++)
		EXPECT_EQ(SEALMEM_STRUCTURED_TOO_SMALL,
			  mismatch_of_bytes(bytes, size, &self->layout));
}

TEST_F(shared, memory_of_something_else)
{
	static const unsigned char zeros[HEADER + sizeof(struct scale)];
	unsigned char garbage[sizeof(zeros)];

	memset(garbage, 0xff, sizeof(garbage));
	EXPECT_EQ(SEALMEM_STRUCTURED_HEADER,
		  mismatch_of_bytes(zeros, sizeof(zeros), &self->layout));
	EXPECT_EQ(SEALMEM_STRUCTURED_HEADER,
		  mismatch_of_bytes(garbage, sizeof(garbage), &self->layout));
}

/* The whole largest size in the header, and a page of memory. */
TEST_F(shared, header_that_lies_about_the_size)
{
	struct sealmem_structured_layout large = self->layout;
	unsigned char bytes[HEADER + sizeof(struct scale)];
	uint64_t size = SIZE_MAX - SEALMEM_STRUCTURED_ALIGNMENT_MAX;

	bytes_of(&self->region, bytes, sizeof(bytes));
	memcpy(bytes + 16, &size, sizeof(size));
	EXPECT_EQ(SEALMEM_STRUCTURED_SIZE,
		  mismatch_of_bytes(bytes, sizeof(bytes), &self->layout));
	large.size = (size_t)size;
	EXPECT_EQ(SEALMEM_STRUCTURED_TOO_SMALL,
		  mismatch_of_bytes(bytes, sizeof(bytes), &large));
}

/* A writer that keeps its mapping of the header can change it at any time. */
TEST_F(shared, header_that_changes_under_the_reader)
{
	struct sealmem_readonly_mapping reader = { 0 };
	struct sealmem_descriptor parts = { .kind = SEALMEM_KIND_READONLY };
	struct sealmem_readonly_region region = { 0 };
	unsigned char *memory;

	parts.size = page_size();
	ASSERT_OK(sealmem_token_generate(&parts.token));
	parts.fd = handmade_live((void **)&memory);
	bytes_of(&self->region, memory, HEADER + sizeof(struct scale));
	ASSERT_OK(sealmem_readonly_region_import(&parts, NULL, &region));
	ASSERT_OK(sealmem_structured_attach(&region, &self->layout, &reader,
					    NULL));
	memset(memory, 0xff, page_size());
	EXPECT_EQ(sizeof(struct scale), reader.size);
	EXPECT_TRUE(is_filled(reader.addr, 0xff, reader.size));
	EXPECT_EQ(SEALMEM_STRUCTURED_HEADER,
		  mismatch_of(&region, &self->layout));
	sealmem_readonly_mapping_unmap(&reader);
	sealmem_readonly_region_close(&region);
	munmap(memory, page_size());
}

/* --- fingerprints ---------------------------------------------------------- */

static uint64_t fingerprint_of(const struct sealmem_field *fields, size_t count,
			       size_t size)
{
	uint64_t fingerprint = 0;

	ASSERT_OK(sealmem_structured_fingerprint(fields, count, size,
						 &fingerprint));
	return fingerprint;
}

/* One change each. */
struct first { uint32_t a; uint32_t b; uint64_t c; };
struct with_sign { uint32_t a; int32_t b; uint64_t c; };
struct with_float { uint32_t a; float b; uint64_t c; };
struct renamed { uint32_t a; uint32_t bb; uint64_t c; };
struct swapped { uint32_t b; uint32_t a; uint64_t c; };
struct moved { uint64_t c; uint32_t a; uint32_t b; };
struct joined { uint32_t a; uint32_t bc[3]; };
struct bytes { uint32_t a; uint8_t b[4]; uint64_t c; };
struct truth { bool a; uint8_t b; };
struct no_truth { uint8_t a; uint8_t b; };

TEST(each_change_of_a_member_changes_the_fingerprint)
{
#define THREE(type, x, y, z)                                                   \
	fingerprint_of((struct sealmem_field[]){ SEALMEM_FIELD(type, x),      \
						 SEALMEM_FIELD(type, y),      \
						 SEALMEM_FIELD(type, z) },    \
		       3, sizeof(type))
	struct sealmem_field joined[] = {
		SEALMEM_FIELD(struct joined, a),
		SEALMEM_FIELD_ARRAY(struct joined, bc),
	};
	struct sealmem_field bytes[] = {
		SEALMEM_FIELD(struct bytes, a),
		SEALMEM_FIELD_ARRAY(struct bytes, b),
		SEALMEM_FIELD(struct bytes, c),
	};
	struct sealmem_field truth[] = {
		SEALMEM_FIELD(struct truth, a),
		SEALMEM_FIELD(struct truth, b),
	};
	struct sealmem_field no_truth[] = {
		SEALMEM_FIELD(struct no_truth, a),
		SEALMEM_FIELD(struct no_truth, b),
	};
	uint64_t all[] = {
		THREE(struct first, a, b, c),
		THREE(struct with_sign, a, b, c),
		THREE(struct with_float, a, b, c),
		THREE(struct renamed, a, bb, c),
		THREE(struct swapped, b, a, c),
		THREE(struct moved, c, a, b),
		fingerprint_of(joined, 2, sizeof(struct joined)),
		fingerprint_of(bytes, 3, sizeof(struct bytes)),
		fingerprint_of(truth, 2, sizeof(struct truth)),
		fingerprint_of(no_truth, 2, sizeof(struct no_truth)),
	};

	for (size_t i = 0; i < COUNT(all); i++)
		for (size_t j = 0; j < i; j++)
			EXPECT_NE(all[i], all[j]);
	EXPECT_EQ(all[0], THREE(struct first, a, b, c));
}

/* Members of members, and the number that all processes have to agree on. */
TEST(fingerprint_is_the_same_everywhere)
{
	struct outer {
		struct { float x, y; } stick;
		uint8_t on[8];
	};
	struct sealmem_field fields[] = {
		SEALMEM_FIELD(struct outer, stick.x),
		SEALMEM_FIELD(struct outer, stick.y),
		SEALMEM_FIELD_ARRAY(struct outer, on),
	};

	EXPECT_EQ(0x617929e0923f6ea6u, fingerprint_of(fields, 3, sizeof(struct outer)));
}

TEST(members_that_do_not_fill_the_struct)
{
	struct padded { uint8_t a; uint32_t b; };
	union both { uint32_t a; float b; };
	struct sealmem_field fields[] = {
		SEALMEM_FIELD(struct first, a),
		SEALMEM_FIELD(struct first, b),
		SEALMEM_FIELD(struct first, c),
	};
	struct sealmem_field padded[] = {
		SEALMEM_FIELD(struct padded, a),
		SEALMEM_FIELD(struct padded, b),
	};
	struct sealmem_field both[] = {
		SEALMEM_FIELD(union both, a),
		SEALMEM_FIELD(union both, b),
	};
	struct sealmem_field crossed[] = { fields[1], fields[0], fields[2] };
	struct sealmem_field unnamed = { .size = 4 };
	uint64_t id = 7;

#define NOT_FILLED(fields, count, size)                                        \
	EXPECT_ERR(EINVAL,                                                     \
		   sealmem_structured_fingerprint(fields, count, size, &id))
	NOT_FILLED(fields, 0, 0);
	NOT_FILLED(fields, 0, 16);
	NOT_FILLED(fields, 2, sizeof(struct first));
	NOT_FILLED(fields + 1, 2, sizeof(struct first));
	NOT_FILLED(fields, 3, sizeof(struct first) - 1);
	NOT_FILLED(fields, 3, SIZE_MAX);
	NOT_FILLED(crossed, 3, sizeof(struct first));
	NOT_FILLED(padded, 2, sizeof(struct padded));
	NOT_FILLED(both, 2, sizeof(union both));
	NOT_FILLED(&unnamed, 1, 4);
	fields[1].size = SIZE_MAX;
	NOT_FILLED(fields, 3, sizeof(struct first));
	EXPECT_EQ(7u, id);
}

TH_MAIN
