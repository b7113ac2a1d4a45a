/* SPDX-License-Identifier: MIT */
/* Folders of nodes that come late, go, overflow or cannot be watched. */
#include "evdev_source.h"

/* ---- the folder itself -------------------------------------------------- */

TEST_F(source, waits_for_the_folder)
{
	char above[128];

	/* Neither it nor what it is to be in. */
	ASSERT_SYS(rmdir(self->folder));
	snprintf(above, sizeof(above), "%s/a", fake_root);
	snprintf(self->folder, sizeof(self->folder), "%s/a/b/input", fake_root);
	start(self);
	for (unsigned int i = 1; i <= 3; i++) {
		ASSERT_SYS(mkdir(above, 0755));
		if (i % 2)
			settle(self);
		strcat(above, "/b");
		ASSERT_SYS(mkdir(above, 0755));
		ASSERT_SYS(mkdir(self->folder, 0755));
		if (i == 3)
			settle(self);
		fake_make(self->folder, 5, 0644);
		told(self, i, i - 1);
		fake_delete(self->folder, 5);
		told(self, i, i);
		ASSERT_SYS(rmdir(self->folder));
		ASSERT_SYS(rmdir(above));
		*strrchr(above, '/') = '\0';
		ASSERT_SYS(rmdir(above));
		told(self, i, i);
		rests(self);
	}
}

TEST_F(source, follows_the_path_and_not_the_folder)
{
	char moved[128];

	snprintf(moved, sizeof(moved), "%s/moved", fake_root);
	fake_make(self->folder, 5, 0644);
	start(self);
	told(self, 1, 0);
	ASSERT_SYS(rename(self->folder, moved));
	told(self, 1, 1);
	fake_make(moved, 6, 0644);
	told(self, 1, 1);
	ASSERT_SYS(mkdir(self->folder, 0755));
	fake_make(self->folder, 7, 0644);
	told(self, 2, 1);
	EXPECT_EQ(0, fakes[6].opened);
}

/* ---- what is lost ------------------------------------------------------- */

static unsigned int queue_size(void)
{
	FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
	unsigned int size = 0;

	if (!file || fscanf(file, "%u", &size) != 1 || size > 70000)
		size = 0;
	if (file)
		fclose(file);
	return size;
}

/* Each is an event of its own, since no two like ones come in a row. */
static void overflow(const char *folder, unsigned int size)
{
	char a[256], b[256];

	snprintf(a, sizeof(a), "%s/a", folder);
	snprintf(b, sizeof(b), "%s/b", folder);
	ASSERT_SYS(mknod(a, S_IFREG | 0644, 0));
	for (unsigned int i = 0; i < size; i += 2) {
		ASSERT_SYS(rename(a, b));
		ASSERT_SYS(rename(b, a));
	}
}

TEST_F_TIMEOUT(source, looks_at_all_when_events_were_lost, 60)
{
	unsigned int size = queue_size();

	if (size == 0)
		SKIP("no telling how much it takes to overflow inotify");
	fake_make(self->folder, 5, 0644);
	start(self);
	told(self, 1, 0);
	overflow(self->folder, size);
	/* Nobody is told of these. */
	fake_make(self->folder, 6, 0644);
	fake_delete(self->folder, 5);
	for (unsigned int i = 0; i < size && self->connects < 2; i++)
		ASSERT_OK(loop_run_once(self->loop, 0, NULL));
	told(self, 2, 1);
	fake_make(self->folder, 7, 0644);
	told(self, 3, 1);
}

TEST_F(source, looks_again_when_asked)
{
	fake_make(self->folder, 5, 0644);
	start(self);
	/* Revoked: the node is there as before, and nobody opens it again. */
	fake_unplug(5);
	told(self, 1, 1);
	self->source.rescan(&self->source);
	told(self, 2, 1);
	EXPECT_TRUE(self->here[2]);
	self->source.rescan(&self->source);
	told(self, 2, 1);
}

TEST_F(source, does_without_inotify)
{
	refuse_call(SYS_inotify_init1, EMFILE);
	fake_make(self->folder, 5, 0644);
	start(self);
	told(self, 1, 0);
	fake_make(self->folder, 6, 0644);
	fake_delete(self->folder, 5);
	told(self, 1, 0);
	self->source.rescan(&self->source);
	told(self, 2, 1);
}

TEST_F(source, does_without_a_watch)
{
	refuse_call(SYS_inotify_add_watch, ENOSPC);
	fake_make(self->folder, 5, 0644);
	start(self);
	fake_make(self->folder, 6, 0644);
	told(self, 1, 0);
	self->source.rescan(&self->source);
	told(self, 2, 0);
}

/* ---- one named node ----------------------------------------------------- */

TEST_F(source, reads_no_other_than_the_named_one)
{
	char device[256];

	fake_make(self->folder, 5, 0644);
	fake_make(self->folder, 6, 0644);
	strcpy(device, fake_path(self->folder, 6));
	start_with(self, device, 0);
	told(self, 1, 0);
	EXPECT_EQ(0, fakes[5].opened);
	/* It comes back, and nobody else does. */
	fake_unplug(6);
	fake_delete(self->folder, 6);
	told(self, 1, 1);
	fake_make(self->folder, 7, 0644);
	told(self, 1, 1);
	fake_make(self->folder, 6, 0);
	told(self, 1, 1);
	ASSERT_SYS(chmod(device, 0644));
	told(self, 2, 1);
	EXPECT_EQ(0, fakes[5].opened + fakes[7].opened);
}

/* As udev's are: by-id/pad -> ../event5. */
TEST_F(source, goes_through_a_link)
{
	char links[256], device[300];

	snprintf(links, sizeof(links), "%s/by-id", self->folder);
	snprintf(device, sizeof(device), "%s/pad", links);
	ASSERT_SYS(mkdir(links, 0755));
	fake_make(self->folder, 5, 0644);
	ASSERT_SYS(symlink("../event5", device));
	/* What the link leads to is what is opened. */
	snprintf(device, sizeof(device), "%s/by-id/event5", self->folder);
	ASSERT_SYS(symlink("../event5", device));
	start_with(self, device, 0);
	told(self, 1, 0);
	fake_unplug(5);
	fake_delete(self->folder, 5);
	told(self, 1, 1);
	/* The node comes back before its permissions do; the link was there. */
	fake_make(self->folder, 5, 0);
	told(self, 1, 1);
	ASSERT_SYS(chmod(fake_path(self->folder, 5), 0644));
	told(self, 2, 1);
	/* The link goes. */
	ASSERT_SYS(unlink(device));
	told(self, 2, 2);
	ASSERT_SYS(symlink("../event5", device));
	told(self, 3, 2);
}

TH_MAIN
