hw/rtl/npu_rescale.sv
