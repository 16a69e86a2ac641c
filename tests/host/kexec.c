// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load the next kernel of a test host, or start it.
 *
 * usage: kexec normal|crash KERNEL INITRD WORDS
 *        kexec now
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REBOOT_CMD_KEXEC	0x45584543	/* LINUX_REBOOT_CMD_KEXEC */

static int load(const char *kernel, const char *initrd, const char *words,
		unsigned long flags)
{
	int kfd = open(kernel, O_RDONLY);
	int ifd = open(initrd, O_RDONLY);

	if (kfd < 0 || ifd < 0)
		return -1;
	return syscall(SYS_kexec_file_load, kfd, ifd, strlen(words) + 1, words,
		       flags);
}

int main(int argc, char **argv)
{
	int err = -1;

	errno = EINVAL;
	if (argc == 5 && !strcmp(argv[1], "normal"))
		err = load(argv[2], argv[3], argv[4], 0);
	else if (argc == 5 && !strcmp(argv[1], "crash"))
		err = load(argv[2], argv[3], argv[4], KEXEC_FILE_ON_CRASH);
	else if (argc == 2 && !strcmp(argv[1], "now"))
		err = reboot(REBOOT_CMD_KEXEC);
	if (err)
		perror("kexec");
	return err ? 1 : 0;
}
