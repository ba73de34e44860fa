// The VM's image and its signed manifest, as the grader has made them.
        .section .rodata
        .balign 4096
        .global victim_image, victim_image_end, victim_manifest, victim_manifest_end
victim_image:
        .incbin VICTIM_IMAGE
victim_image_end:
        .balign 8
victim_manifest:
        .incbin VICTIM_MANIFEST
victim_manifest_end:
