# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
#
# The Bochs half of scripts/testhost: IDE disks and serial ports, for it has no
# virtio.  It uses that script's variables.

# Bochs' time advances per instruction, so many of them to the second.  More makes
# timers come less often, and whatever waits for one take longer.
bochs_ips=200000000

# With more than one, Bochs 3.0 forgets where a guest is when it leaves it right after an
# exception: RIP is that of the instruction that faulted, the stack that of its handler.
# A whole kernel as guest does not survive that.
usual_cpus=1

begin_machine() {
	local model=corei7_skylake_x what
	for what in "${share:+--share}" "${out:+--out}" "${shell:+--shell}" "${extra[0]:+--qemu-arg, --gdb}"; do
		[ -z "$what" ] || die "no $what on the host $machine" "use --host qemu-svm"
	done
	[ "$kernel" != debug ] ||
		die "the debug kernel has no driver for the disks of $machine" "use --host qemu-svm"
	[ "$machine" = bochs-vmx ] || model=ryzen
	[ -z "$icount" ] || cpus=1
	cat >"$run/bochsrc" <<-END
		config_interface: textconfig
		display_library: term
		plugin_ctrl: speaker=0, gameport=0, parallel=0
		romimage: file=\$BXSHARE/BIOS-bochs-latest, options=fastboot
		vgaromimage: file=\$BXSHARE/VGABIOS-lgpl-latest
		cpu: model=$model, count=$cpus, ips=$bochs_ips, reset_on_triple_fault=0
		memory: guest=$mem, host=$mem
		clock: sync=none, time0=local
		boot: disk
		pci: enabled=1, chipset=i440fx
		ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
		ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15
		com1: enabled=1, mode=file, dev=$log
		com2: enabled=1, mode=file, dev=$run/out
		com3: enabled=1, mode=file, dev=$run/status
		log: $run/bochs.log
		panic: action=fatal
	END
	slots=(ata0-master ata0-slave ata1-master ata1-slave)
	add_disk "$run/boot" payload+1M
}

# Writes are dropped.
add_disk() { # FILE NAME
	[ ${#slots[@]} -gt 0 ] || die "the host $machine has no room for the disk $2"
	# that one is part of the disk that boots
	[ "$2" != payload ] || return 0
	echo "${slots[0]}: type=disk, mode=volatile, path=$1, cylinders=0, model=$2, journal=$run/$2.written" \
		>>"$run/bochsrc"
	slots=("${slots[@]:1}")
}

finish_machine() {
	local words
	words="console=ttyS0,115200 earlyprintk=ttyS0,115200 loglevel=7 oops=panic panic=-1"
	# CPUID tells the model's own frequency, not that of the time base
	words="$words tsc_early_khz=$((bochs_ips / 1000)) random.trust_cpu=on hvroot.serial"
	"$HVROOT_TOP/scripts/bochs" --bootdisk "$words$append" "$run/payload" \
		"$host/vmlinuz" "$host/initrd.cpio" "$run/boot"
	mkfifo "$run/out"
}

# Sets rc.
run_machine() {
	cat "$run/out" &
	reader=$!
	# SIGINT makes it write the CPUs' state to its log
	timeout --foreground -s INT -k 10 "$limit" "$HVROOT_TOP/scripts/bochs" \
		-q -f "$run/bochsrc" </dev/null >"$run/screen" 2>&1 || rc=$?
	# it opens its end when the first byte comes, maybe never
	: <>"$run/out"
	wait "$reader" || true
	[ -s "$log" ] || tail -n 20 "$run/screen" >&2
	[ -z "$keep" ] || cp "$run/bochs.log" "$keep.bochs"
}

explain_timeout() {
	say "the last lines of Bochs' log:"
	grep -avE 'Unknown register|SVM VMEXIT: I/O port' "$run/bochs.log" | tail -n 120 >&2
}
