/* SPDX-License-Identifier: MIT */
/* A struct that tests of structured regions share, and a region with one. */
#ifndef SELFTESTS_SCALE_H
#define SELFTESTS_SCALE_H

#include "kinds.h"

struct scale {
	double value;
	uint32_t count;
	int32_t steps[3];
};

static const struct sealmem_field scale_fields[] = {
	SEALMEM_FIELD(struct scale, value),
	SEALMEM_FIELD(struct scale, count),
	SEALMEM_FIELD_ARRAY(struct scale, steps),
};

#define SCALE_MAGIC 0x6c616373u
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static inline struct sealmem_structured_layout scale_layout(void)
{
	uint64_t fingerprint = 0;

	ASSERT_OK(sealmem_structured_fingerprint(scale_fields,
						 COUNT(scale_fields),
						 sizeof(struct scale),
						 &fingerprint));
	return (struct sealmem_structured_layout)SEALMEM_STRUCTURED_LAYOUT(
		struct scale, SCALE_MAGIC, 1, fingerprint);
}

FIXTURE(shared)
{
	struct sealmem_structured_layout layout;
	struct sealmem_readonly_region region;
	struct sealmem_writable_mapping writer;
	struct sealmem_readonly_mapping reader;
	struct scale *in;
	const struct scale *out;
};

FIXTURE_SETUP(shared)
{
	self->layout = scale_layout();
	ASSERT_OK(sealmem_structured_create(&self->layout, NULL, NULL,
					    &self->region, &self->writer));
	ASSERT_OK(sealmem_structured_attach(&self->region, &self->layout,
					    &self->reader, NULL));
	self->in = SEALMEM_WRITABLE_AT(&self->writer, 0, struct scale);
	self->out = SEALMEM_READONLY_AT(&self->reader, 0, struct scale);
	ASSERT_NOT_NULL(self->in);
	ASSERT_NOT_NULL(self->out);
}

FIXTURE_TEARDOWN(shared)
{
	sealmem_readonly_mapping_unmap(&self->reader);
	sealmem_writable_mapping_unmap(&self->writer);
	sealmem_readonly_region_close(&self->region);
}

#endif
