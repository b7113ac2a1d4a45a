/* SPDX-License-Identifier: MIT */
/*
 * What creates and converts regions in this process, whatever hooks are set.
 * Arguments and results are those of the functions of <sealmem/region.h>.
 */
#ifndef LIB_REGION_H
#define LIB_REGION_H

#include <sealmem/mapping.h>
#include <sealmem/region.h>

/* The kernel itself waits some 170 ms each time that pages are in use. */
#define REGION_FREEZE_TRIES 3

int region_create_writable(size_t size, const struct sealmem_options *options,
			   struct sealmem_writable_region *ret_region);
int region_create_unsafe(size_t size, const struct sealmem_options *options,
			 struct sealmem_unsafe_region *ret_region);
int region_create_readonly(size_t size, const struct sealmem_options *options,
			   struct sealmem_readonly_region *ret_region,
			   struct sealmem_writable_mapping *ret_mapping);
int region_create_readonly_from(const void *data, size_t size,
				const struct sealmem_options *options,
				struct sealmem_readonly_region *ret_region);
int region_to_readonly(struct sealmem_writable_region *take_region,
		       struct sealmem_readonly_region *ret_region);
int region_to_unsafe(struct sealmem_writable_region *take_region,
		     struct sealmem_unsafe_region *ret_region);
int region_freeze(struct sealmem_writable_region *take_region,
		  struct sealmem_readonly_region *ret_region);
/* One try of it, for who must not wait longer. */
int region_try_freeze(struct sealmem_writable_region *take_region,
		      struct sealmem_readonly_region *ret_region);

/*
 * How many bytes a new region takes, with options that options_read() has read,
 * if there may be one: else -EINVAL, or -EDQUOT of the process's budget.
 */
int region_measure(size_t size, const struct sealmem_options *options,
		   size_t *ret_rounded);

#endif
