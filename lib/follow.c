/* SPDX-License-Identifier: MIT */
/* Readers that are attached anew to each generation of their buffer. */
#include <errno.h>
#include <sealmem/mapping.h>

#include "lib/subscriber.h"

static int attach(const struct sealmem_readonly_region *region,
		  const struct sealmem_snapshot_layout *layout,
		  struct sealmem_snapshot_reader *ret_reader)
{
	struct sealmem_readonly_mapping mapping = { 0 };
	int ret = sealmem_readonly_region_map(region, &mapping);

	if (ret < 0)
		return ret;
	ret = sealmem_snapshot_reader_init(&mapping, layout, ret_reader);
	sealmem_readonly_mapping_unmap(&mapping);
	return ret;
}

/* What does not fit never will; whatever else went wrong may pass. */
static void part_with(struct sealmem_subscriber *subscriber, int ret,
		      struct sealmem_readonly_region *region)
{
	if (ret < 0 && ret != -EPROTO)
		subscriber_keep(subscriber, region);
	sealmem_readonly_region_close(region);
}

int sealmem_snapshot_follow(struct sealmem_subscriber *subscriber,
			    const struct sealmem_snapshot_layout *layout,
			    struct sealmem_snapshot_reader *reader,
			    int timeout_ms, uint32_t *ret_refusal)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_snapshot_reader newer = { 0 };
	int ret = sealmem_subscriber_next(subscriber, timeout_ms, &region,
					  ret_refusal);

	if (ret < 0)
		return ret;
	ret = attach(&region, layout, &newer);
	part_with(subscriber, ret, &region);
	if (ret < 0)
		return ret;
	sealmem_snapshot_reader_close(reader);
	*reader = newer;
	return 0;
}

int sealmem_gamepad_follow(struct sealmem_subscriber *subscriber,
			   struct sealmem_gamepad_reader *reader,
			   int timeout_ms, uint32_t *ret_refusal)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_gamepad_reader newer = { 0 };
	int ret = sealmem_subscriber_next(subscriber, timeout_ms, &region,
					  ret_refusal);

	if (ret < 0)
		return ret;
	ret = sealmem_gamepad_reader_attach(&region, &newer);
	part_with(subscriber, ret, &region);
	if (ret < 0)
		return ret;
	sealmem_gamepad_reader_close(reader);
	*reader = newer;
	return 0;
}
