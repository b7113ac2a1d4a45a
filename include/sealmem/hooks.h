/* SPDX-License-Identifier: MIT */
/*
 * Hooks: creation and conversion handed to somebody else, for processes whose
 * sandbox has no procfs, no memfd_create or no F_ADD_SEALS. <sealmem/broker.h>
 * has hooks that ask another process.
 */
#ifndef SEALMEM_HOOKS_H
#define SEALMEM_HOOKS_H

#include <sealmem/base.h>
#include <sealmem/mapping.h>
#include <sealmem/region.h>

/**
 * struct sealmem_hooks - What runs instead of the functions of region.h
 * @struct_size: sizeof(struct sealmem_hooks)
 * @data: Last argument of every hook
 * @create_writable: Instead of sealmem_writable_region_create()
 * @create_unsafe: Instead of sealmem_unsafe_region_create()
 * @create_readonly: Instead of sealmem_readonly_region_create()
 * @create_readonly_from: Instead of sealmem_readonly_region_create_from()
 * @to_readonly: Instead of sealmem_writable_region_to_readonly()
 * @to_unsafe: Instead of sealmem_writable_region_to_unsafe()
 * @freeze: Instead of sealmem_writable_region_freeze()
 *
 * NULL leaves that one function as it is. Each replaces exactly the function
 * that it is named after: sealmem_readonly_region_create() without a hook of
 * its own does not go through those for writable regions and conversion.
 *
 * A hook gets the arguments as the caller gave them, before anything was
 * checked, so that size 0 and nonsense in the options are its business; what it
 * returns, and what it writes, is the result, unchanged. It owes its callers
 * what the function promises, in particular that nothing was written or taken
 * if it failed.
 *
 * A hook that calls the function it replaces calls itself.
 */
struct sealmem_hooks {
	size_t struct_size;
	void *data;
	int (*create_writable)(size_t size,
			       const struct sealmem_options *options,
			       struct sealmem_writable_region *ret_region,
			       void *data);
	int (*create_unsafe)(size_t size, const struct sealmem_options *options,
			     struct sealmem_unsafe_region *ret_region,
			     void *data);
	int (*create_readonly)(size_t size,
			       const struct sealmem_options *options,
			       struct sealmem_readonly_region *ret_region,
			       struct sealmem_writable_mapping *ret_mapping,
			       void *data);
	int (*create_readonly_from)(const void *content, size_t size,
				    const struct sealmem_options *options,
				    struct sealmem_readonly_region *ret_region,
				    void *data);
	int (*to_readonly)(struct sealmem_writable_region *take_region,
			   struct sealmem_readonly_region *ret_region,
			   void *data);
	int (*to_unsafe)(struct sealmem_writable_region *take_region,
			 struct sealmem_unsafe_region *ret_region, void *data);
	int (*freeze)(struct sealmem_writable_region *take_region,
		      struct sealmem_readonly_region *ret_region, void *data);
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_hooks_set() - Have other functions create and convert
 * @hooks: Hooks, or NULL for none. Used in place: struct and data stay valid
 *	and as they are while they are set, and until every call that may have
 *	begun before they were replaced has returned
 *
 * For the whole process, its later threads and its children of fork. There is
 * one set of hooks: this replaces what was set before.
 *
 * Context: Any thread, at any time. Each call of a hooked function uses either
 * the old or the new hooks, wholly. Best done once, before there are threads.
 * Hooks run in the thread of their caller, and in several at once.
 * Return: 0, or -EINVAL (@hooks has a size that this library cannot know, or
 * members that it does not know; nothing has changed).
 */
SEALMEM_FALLIBLE int sealmem_hooks_set(const struct sealmem_hooks *hooks);

#ifdef __cplusplus
}
#endif

#endif
