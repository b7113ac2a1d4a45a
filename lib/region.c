/* SPDX-License-Identifier: MIT */
/*
 * Regions: birth, conversion, end. The order of every step matters: nobody but
 * this function sees the descriptor before its seals are on and read back. The
 * public functions, which a hook may replace, are in hooks.c.
 */
#include <errno.h>
#include <sealmem/mapping.h>
#include <sealmem/region.h>

#include "lib/budget.h"
#include "lib/handle.h"
#include "lib/options.h"
#include "lib/region.h"
#include "lib/rules.h"
#include "lib/size.h"
#include "sealing/sealing.h"

/* --- birth ---------------------------------------------------------------- */

int region_measure(size_t size, const struct sealmem_options *options,
		   size_t *ret_rounded)
{
	size_t page = sealing_page_size(), rounded;
	int ret;

	if (!size_is_valid(size, page, options->flags & SEALMEM_CREATE_LARGE))
		return -EINVAL;
	/* Whole pages: no hidden tail that mappings see and nobody counts. */
	ret = size_round_up(size, page, &rounded);
	if (ret == 0)
		ret = budget_check(rounded);
	if (ret == 0)
		*ret_rounded = rounded;
	return ret;
}

static int identify(struct sealmem_handle *handle)
{
	struct sealing_file file;
	int ret = sealing_stat(handle->fd, &file);

	if (ret < 0)
		return ret;
	handle->device = file.device;
	handle->inode = file.inode;
	return sealmem_token_generate(&handle->token);
}

static int prepare(int fd, size_t rounded,
		   const struct sealmem_options *options)
{
	bool others = options->flags & SEALMEM_CREATE_OTHER_USERS;
	int ret = sealing_memfd_chmod(fd, others ? 0444 : 0400);

	if (ret < 0)
		return ret;
	return sealing_memfd_resize(fd, rounded);
}

static int fill(int fd, size_t rounded, const void *data, size_t size,
		const struct sealmem_options *options)
{
	if (data)
		return sealing_memfd_write(fd, data, size);
	if (options->flags & SEALMEM_CREATE_LAZY)
		return 0;
	return sealing_memfd_commit(fd, rounded);
}

static bool is_weaker_asked(const struct sealmem_options *options)
{
	return options->flags & SEALMEM_CREATE_DESCRIPTOR_LEVEL;
}

/* A filter may let memory be made and not be sealed; no bits only ask that. */
static int new_memfd(const struct sealmem_options *options)
{
	int fd = sealing_memfd_create(options->name), ret;

	if (fd < 0 || !is_weaker_asked(options))
		return fd;
	ret = sealing_add(fd, 0);
	if (ret < 0) {
		sealing_close(fd);
		return ret;
	}
	return fd;
}

/* What says that such memory cannot be had here; all else may pass. */
static bool is_final(int error)
{
	return error == -ENOSYS || error == -EPERM || error == -EACCES ||
	       error == -EOPNOTSUPP;
}

static int new_memory(const struct sealmem_options *options,
		      enum sealmem_level *ret_level)
{
	int fd = new_memfd(options);

	*ret_level = SEALMEM_LEVEL_NONE;
	if (!is_weaker_asked(options) || !is_final(fd))
		return fd;
	*ret_level = SEALMEM_LEVEL_FILE;
	return sealing_tmpfile_create();
}

static uint32_t handle_flags(const struct sealmem_options *options,
			     const void *data)
{
	uint32_t flags = 0;

	if (!data && (options->flags & SEALMEM_CREATE_LAZY))
		flags |= HANDLE_HOLES;
	if (is_weaker_asked(options))
		flags |= HANDLE_DESCRIPTOR_LEVEL;
	return flags;
}

static int furnish(struct sealmem_handle *handle, size_t rounded,
		   const void *data, const struct sealmem_options *options)
{
	int ret = prepare(handle->fd, rounded, options);

	if (ret < 0)
		return ret;
	ret = fill(handle->fd, rounded, data, handle->size, options);
	if (ret < 0)
		return ret;
	return identify(handle);
}

/* Memory with its size and content (zero without @data), without a seal. */
static int create(const void *data, size_t size,
		  const struct sealmem_options *given,
		  struct sealmem_handle *ret_handle)
{
	HANDLE_CLEANUP struct sealmem_handle handle = { 0 };
	struct sealmem_options options;
	enum sealmem_level level;
	size_t rounded;
	int ret = options_read(given, &options);

	if (ret == 0)
		ret = region_measure(size, &options, &rounded);
	if (ret == 0)
		ret = new_memory(&options, &level);
	if (ret < 0)
		return ret;
	handle.fd = ret;
	handle.size = size;
	handle.flags = handle_flags(&options, data) | level;

	ret = furnish(&handle, rounded, data, &options);
	if (ret < 0)
		return ret;
	*ret_handle = handle_take(&handle);
	return 0;
}

/* --- seals ---------------------------------------------------------------- */

/*
 * Have these seals on, whether or not they were: a conversion that failed
 * after its seal can be made again. All of them or none are added. What a
 * second holder sealed first is told as the kernel would tell it.
 */
static int seal(int fd, unsigned int wanted, unsigned int forbidden,
		unsigned int *ret_seals)
{
	int ret = sealing_get(fd, ret_seals);

	if (ret < 0)
		return ret;
	if (*ret_seals & forbidden)
		return -EPERM;
	if ((*ret_seals & wanted) == wanted)
		return 0;
	ret = sealing_add(fd, wanted);
	if (ret < 0)
		return ret;
	/* A filter that answers 0 without a call must not pass for a seal. */
	ret = sealing_get(fd, ret_seals);
	if (ret < 0)
		return ret;
	return (*ret_seals & wanted) == wanted ? 0 : -EOPNOTSUPP;
}

static bool is_file(const struct sealmem_handle *handle)
{
	return handle_level(handle) == SEALMEM_LEVEL_FILE;
}

static int seal_as(const struct sealmem_handle *handle, enum sealmem_kind kind)
{
	unsigned int seals;

	if (is_file(handle))
		return 0;
	return seal(handle->fd, rules_required_seals(kind, SEALMEM_LEVEL_NONE),
		    rules_forbidden_seals(kind), &seals);
}

/* The level is what the seals say, which may be more than was asked for. */
static int seal_readonly(int fd, enum sealmem_level wanted,
			 enum sealmem_level *ret_level)
{
	unsigned int seals;
	int ret = seal(fd, rules_required_seals(SEALMEM_KIND_READONLY, wanted),
		       rules_forbidden_seals(SEALMEM_KIND_READONLY), &seals);

	if (ret == 0)
		*ret_level = rules_level(seals);
	return ret;
}

/*
 * EINVAL is how a kernel before 5.1 says that it has no such seal; EPERM is how
 * memory with F_SEAL_SEAL, as upstream makes it, refuses to get one.
 */
static int seal_live(const struct sealmem_handle *handle,
		     enum sealmem_level *ret_level)
{
	int ret;

	if (is_file(handle)) {
		*ret_level = SEALMEM_LEVEL_FILE;
		return 0;
	}
	ret = seal_readonly(handle->fd, SEALMEM_LEVEL_LIVE, ret_level);
	if ((ret == -EINVAL && (handle->flags & HANDLE_DESCRIPTOR_LEVEL)) ||
	    (ret == -EPERM && (handle->flags & HANDLE_UPSTREAM)))
		return seal_readonly(handle->fd, SEALMEM_LEVEL_DESCRIPTOR,
				     ret_level);
	return ret == -EINVAL ? -EOPNOTSUPP : ret;
}

static int try_seal_frozen(const struct sealmem_handle *handle,
			   enum sealmem_level *ret_level)
{
	if (is_file(handle))
		return -EOPNOTSUPP;
	return seal_readonly(handle->fd, SEALMEM_LEVEL_FROZEN, ret_level);
}

static int seal_frozen(const struct sealmem_handle *handle,
		       enum sealmem_level *ret_level)
{
	int ret = -EBUSY;

	for (int i = 0; i < REGION_FREEZE_TRIES && ret == -EBUSY; i++)
		ret = try_seal_frozen(handle, ret_level);
	return ret;
}

/* --- conversion ----------------------------------------------------------- */

static int check_same_file(const struct sealmem_handle *handle, int fd)
{
	struct sealing_file file;
	int ret = sealing_stat(fd, &file);

	if (ret < 0)
		return ret;
	/* What is mounted at /proc is not procfs. */
	if (file.device != handle->device || file.inode != handle->inode)
		return -EOPNOTSUPP;
	return 0;
}

/* The same memory through a descriptor that cannot write; not sealed yet. */
static int reopen(const struct sealmem_handle *handle,
		  struct sealmem_handle *ret_handle)
{
	HANDLE_CLEANUP struct sealmem_handle readonly = { 0 };
	int ret = sealing_reopen_readonly(handle->fd);

	if (ret < 0)
		return ret;
	readonly = handle_with_fd(handle, ret);
	ret = check_same_file(handle, readonly.fd);
	if (ret < 0)
		return ret;
	*ret_handle = handle_take(&readonly);
	return 0;
}

typedef int seal_function(const struct sealmem_handle *handle,
			  enum sealmem_level *ret_level);

/*
 * Open for reading first, then seal: what can fail for want of a descriptor
 * fails before anything has changed. Nobody sees either until both are done.
 */
static int to_readonly(struct sealmem_handle *take_handle,
		       seal_function *seal_it,
		       struct sealmem_handle *ret_handle)
{
	HANDLE_CLEANUP struct sealmem_handle readonly = { 0 };
	enum sealmem_level level;
	int ret;

	if (handle_is_empty(take_handle))
		return -EBADF;
	ret = reopen(take_handle, &readonly);
	if (ret < 0)
		return ret;
	ret = seal_it(take_handle, &level);
	if (ret < 0)
		return ret;
	readonly.flags = (readonly.flags & ~HANDLE_LEVEL_MASK) | level;
	handle_close(take_handle);
	*ret_handle = handle_take(&readonly);
	return 0;
}

int region_to_readonly(struct sealmem_writable_region *take_region,
		       struct sealmem_readonly_region *ret_region)
{
	return to_readonly(&take_region->priv, seal_live, &ret_region->priv);
}

int region_freeze(struct sealmem_writable_region *take_region,
		  struct sealmem_readonly_region *ret_region)
{
	return to_readonly(&take_region->priv, seal_frozen, &ret_region->priv);
}

int region_try_freeze(struct sealmem_writable_region *take_region,
		      struct sealmem_readonly_region *ret_region)
{
	return to_readonly(&take_region->priv, try_seal_frozen,
			   &ret_region->priv);
}

int region_to_unsafe(struct sealmem_writable_region *take_region,
		     struct sealmem_unsafe_region *ret_region)
{
	int ret;

	if (handle_is_empty(&take_region->priv))
		return -EBADF;
	ret = seal_as(&take_region->priv, SEALMEM_KIND_UNSAFE);
	if (ret < 0)
		return ret;
	ret_region->priv = handle_take(&take_region->priv);
	return 0;
}

/* --- creation, by kind ---------------------------------------------------- */

static int create_sealed(size_t size, const struct sealmem_options *options,
			 enum sealmem_kind kind,
			 struct sealmem_handle *ret_handle)
{
	HANDLE_CLEANUP struct sealmem_handle handle = { 0 };
	int ret = create(NULL, size, options, &handle);

	if (ret < 0)
		return ret;
	ret = seal_as(&handle, kind);
	if (ret < 0)
		return ret;
	*ret_handle = handle_take(&handle);
	return 0;
}

int region_create_writable(size_t size, const struct sealmem_options *options,
			   struct sealmem_writable_region *ret_region)
{
	return create_sealed(size, options, SEALMEM_KIND_WRITABLE,
			     &ret_region->priv);
}

int region_create_unsafe(size_t size, const struct sealmem_options *options,
			 struct sealmem_unsafe_region *ret_region)
{
	return create_sealed(size, options, SEALMEM_KIND_UNSAFE,
			     &ret_region->priv);
}

/* The mapping comes first: after the seal nobody can make one, we included. */
int region_create_readonly(size_t size, const struct sealmem_options *options,
			   struct sealmem_readonly_region *ret_region,
			   struct sealmem_writable_mapping *ret_mapping)
{
	struct sealmem_writable_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };
	int ret;

	ret = region_create_writable(size, options, &region);
	if (ret < 0)
		return ret;
	ret = sealmem_writable_region_map(&region, &mapping);
	if (ret == 0)
		ret = region_to_readonly(&region, ret_region);
	if (ret < 0) {
		sealmem_writable_mapping_unmap(&mapping);
		sealmem_writable_region_close(&region);
		return ret;
	}
	*ret_mapping = mapping;
	return 0;
}

int region_create_readonly_from(const void *data, size_t size,
				const struct sealmem_options *options,
				struct sealmem_readonly_region *ret_region)
{
	HANDLE_CLEANUP struct sealmem_handle handle = { 0 };
	int ret = create(data, size, options, &handle);

	if (ret < 0)
		return ret;
	/* Not frozen where that cannot be, if the caller said so in this call. */
	return to_readonly(&handle, is_file(&handle) ? seal_live : seal_frozen,
			   &ret_region->priv);
}
