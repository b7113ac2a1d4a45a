/* SPDX-License-Identifier: MIT */
/*
 * Option structs of callers that were built against other versions of the
 * headers: a member that the caller does not know of is zero, one that this
 * library does not know of has to be.
 */
#ifndef LIB_OPTIONS_H
#define LIB_OPTIONS_H

#include <sealmem/descriptor.h>
#include <sealmem/hooks.h>
#include <sealmem/region.h>

/* Both: NULL is the default; -EINVAL for what is not understood. */
int options_read(const struct sealmem_options *options,
		 struct sealmem_options *ret_options);
int policy_read(const struct sealmem_policy *policy,
		struct sealmem_policy *ret_policy);

/* Copy a struct that says its own size into one of @known bytes, or -EINVAL. */
int options_copy(void *to, size_t known, const void *from);

/* -EINVAL for what is not understood. */
int hooks_check(const struct sealmem_hooks *hooks);

#endif
