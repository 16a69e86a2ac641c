# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2054,SC2154
#
# The QEMU half of scripts/testhost: virtio disks and ports, 9p folders.  It
# uses that script's variables, and says what it adds to the kernel's command
# line in $append.

usual_cpus=2

begin_machine() {
	args=(-nodefaults -no-user-config -display none -no-reboot -machine q35
		-cpu max -m "$mem" -kernel "$host/vmlinuz" -initrd "$host/initrd.cpio"
		-serial "file:$log" -object rng-random,id=rng,filename=/dev/urandom
		-device virtio-rng-pci,rng=rng -device virtio-serial-pci)
	if [ -n "$icount" ]; then
		args+=(-accel tcg -icount "shift=0,sleep=off" -smp 1)
	else
		# with a thread for each CPU a world switch now and then leaves a CPU with
		# one control register of the guest and the others of the host
		args+=(-accel "tcg,thread=single" -smp "$cpus")
	fi
}

add_disk() { # FILE SERIAL OPTION
	args+=(-drive "file=$1,format=raw,if=none,id=d-$2,$3"
		-device "virtio-blk-pci,drive=d-$2,serial=$2")
}

finish_machine() {
	if [ -n "$share" ]; then
		args+=(-virtfs "local,path=$share,mount_tag=share,security_model=none,readonly=on")
		append="$append hvroot.share"
	fi
	if [ -n "$out" ]; then
		args+=(-virtfs "local,path=$out,mount_tag=out,security_model=none")
		append="$append hvroot.out"
	fi

	args+=(-chardev "file,id=status,path=$run/status"
		-device virtserialport,chardev=status,name=status)
	if [ -n "$shell" ]; then
		append="$append hvroot.shell"
		args+=(-chardev stdio,id=out,signal=off -device virtconsole,chardev=out)
	else
		mkfifo "$run/out"
		args+=(-chardev "file,id=out,path=$run/out"
			-device virtserialport,chardev=out,name=out)
	fi
	args+=(-append "console=ttyS0 loglevel=7 oops=panic panic=-1 random.trust_cpu=on$append")
}

# Sets rc.
run_machine() {
	if [ -n "$shell" ]; then
		say "log of the host kernel: $log; leave the shell to stop the host"
		"$HVROOT_TOP/scripts/qemu" "${args[@]}" "${extra[@]}" || rc=$?
	else
		starts=1
		while :; do
			rc=0
			cat "$run/out" &
			reader=$!
			timeout --foreground -k 10 "$limit" "$HVROOT_TOP/scripts/qemu" \
				"${args[@]}" "${extra[@]}" </dev/null || rc=$?
			# an emulator that failed early never opened its end
			[ -s "$log" ] || : <>"$run/out"
			wait "$reader" || true
			# some versions abort now and then while their guest maps the PCI bars
			# (iotlb_to_section), before anything of ours has run
			if [ $rc -ne 134 ] || [ $starts -ge 3 ] ||
				grep -q 'hvroot-testhost: begin' "$log"; then
				break
			fi
			starts=$((starts + 1))
			say "the emulator aborted before the host was up: starting it again"
		done
	fi
}

explain_timeout() { :; }
