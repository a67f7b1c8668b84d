// Made by `npm run api` from src/descrow/contract/artifact.json.
export const escrowAbi = [
 {
  "name": "TermsPublished",
  "inputs": [
   {
    "name": "terms_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "arbiter",
    "type": "address",
    "indexed": true
   },
   {
    "name": "treasury",
    "type": "address",
    "indexed": false
   },
   {
    "name": "fee_bps",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "default_seller_bps",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "fund_window_s",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "ship_window_s",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "transit_window_s",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "inspection_window_s",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "dispute_window_s",
    "type": "uint256",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "OrderCreated",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "buyer",
    "type": "address",
    "indexed": true
   },
   {
    "name": "seller",
    "type": "address",
    "indexed": true
   },
   {
    "name": "amount",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "terms_id",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "payment_mode",
    "type": "uint8",
    "indexed": false
   },
   {
    "name": "deadline",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "reference",
    "type": "bytes32",
    "indexed": false
   },
   {
    "name": "metadata",
    "type": "bytes32",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "OrderFunded",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "buyer",
    "type": "address",
    "indexed": true
   },
   {
    "name": "amount",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "deadline",
    "type": "uint256",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "OffchainPaymentRecorded",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "receipt",
    "type": "bytes32",
    "indexed": true
   },
   {
    "name": "amount",
    "type": "uint256",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "OrderShipped",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "seller",
    "type": "address",
    "indexed": true
   },
   {
    "name": "tracking",
    "type": "bytes32",
    "indexed": false
   },
   {
    "name": "deadline",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "by",
    "type": "address",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "TransitExtended",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "buyer",
    "type": "address",
    "indexed": true
   },
   {
    "name": "deadline",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "by",
    "type": "address",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "OrderReceived",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "buyer",
    "type": "address",
    "indexed": true
   },
   {
    "name": "deadline",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "by",
    "type": "address",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "OrderDelivered",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "seller",
    "type": "address",
    "indexed": true
   },
   {
    "name": "seller_amount",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "fee",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "by",
    "type": "address",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "OrderRefunded",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "buyer",
    "type": "address",
    "indexed": true
   },
   {
    "name": "amount",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "by",
    "type": "address",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "OrderCancelled",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "by",
    "type": "address",
    "indexed": true
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "OrderExpired",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "OrderDisputed",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "buyer",
    "type": "address",
    "indexed": true
   },
   {
    "name": "evidence",
    "type": "bytes32",
    "indexed": false
   },
   {
    "name": "deadline",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "by",
    "type": "address",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "EvidenceAdded",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "by",
    "type": "address",
    "indexed": true
   },
   {
    "name": "evidence",
    "type": "bytes32",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "SettlementProposed",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "by",
    "type": "address",
    "indexed": true
   },
   {
    "name": "seller_bps",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "expiry",
    "type": "uint256",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "SettlementWithdrawn",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "by",
    "type": "address",
    "indexed": true
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "OrderResolved",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "seller",
    "type": "address",
    "indexed": true
   },
   {
    "name": "seller_amount",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "buyer_amount",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "fee",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "by",
    "type": "address",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "PaidOut",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "payee",
    "type": "address",
    "indexed": true
   },
   {
    "name": "amount",
    "type": "uint256",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "Credited",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256",
    "indexed": true
   },
   {
    "name": "payee",
    "type": "address",
    "indexed": true
   },
   {
    "name": "amount",
    "type": "uint256",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "Withdrawn",
  "inputs": [
   {
    "name": "payee",
    "type": "address",
    "indexed": true
   },
   {
    "name": "to",
    "type": "address",
    "indexed": true
   },
   {
    "name": "amount",
    "type": "uint256",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "Paused",
  "inputs": [
   {
    "name": "by",
    "type": "address",
    "indexed": true
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "Unpaused",
  "inputs": [
   {
    "name": "by",
    "type": "address",
    "indexed": true
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "OperatorChanged",
  "inputs": [
   {
    "name": "previous",
    "type": "address",
    "indexed": true
   },
   {
    "name": "operator",
    "type": "address",
    "indexed": true
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "OracleChanged",
  "inputs": [
   {
    "name": "previous",
    "type": "address",
    "indexed": true
   },
   {
    "name": "oracle",
    "type": "address",
    "indexed": true
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "GuardianChanged",
  "inputs": [
   {
    "name": "previous",
    "type": "address",
    "indexed": true
   },
   {
    "name": "guardian",
    "type": "address",
    "indexed": true
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "OwnershipTransferred",
  "inputs": [
   {
    "name": "previous_owner",
    "type": "address",
    "indexed": true
   },
   {
    "name": "new_owner",
    "type": "address",
    "indexed": true
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "OwnershipTransferStarted",
  "inputs": [
   {
    "name": "previous_owner",
    "type": "address",
    "indexed": true
   },
   {
    "name": "new_owner",
    "type": "address",
    "indexed": true
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "name": "OracleCapsChanged",
  "inputs": [
   {
    "name": "per_order",
    "type": "uint256",
    "indexed": false
   },
   {
    "name": "per_day",
    "type": "uint256",
    "indexed": false
   }
  ],
  "anonymous": false,
  "type": "event"
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "transfer_ownership",
  "inputs": [
   {
    "name": "new_owner",
    "type": "address"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "accept_ownership",
  "inputs": [],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "set_operator",
  "inputs": [
   {
    "name": "operator",
    "type": "address"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "set_oracle",
  "inputs": [
   {
    "name": "oracle",
    "type": "address"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "set_guardian",
  "inputs": [
   {
    "name": "guardian",
    "type": "address"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "view",
  "type": "function",
  "name": "roles",
  "inputs": [],
  "outputs": [
   {
    "name": "",
    "type": "tuple",
    "components": [
     {
      "name": "owner",
      "type": "address"
     },
     {
      "name": "pending_owner",
      "type": "address"
     },
     {
      "name": "operator",
      "type": "address"
     },
     {
      "name": "oracle",
      "type": "address"
     },
     {
      "name": "guardian",
      "type": "address"
     }
    ]
   }
  ]
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "set_oracle_caps",
  "inputs": [
   {
    "name": "per_order",
    "type": "uint256"
   },
   {
    "name": "per_day",
    "type": "uint256"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "view",
  "type": "function",
  "name": "oracle_caps",
  "inputs": [],
  "outputs": [
   {
    "name": "",
    "type": "uint256"
   },
   {
    "name": "",
    "type": "uint256"
   }
  ]
 },
 {
  "stateMutability": "view",
  "type": "function",
  "name": "recorded_today",
  "inputs": [],
  "outputs": [
   {
    "name": "",
    "type": "uint256"
   }
  ]
 },
 {
  "stateMutability": "view",
  "type": "function",
  "name": "receipt_used",
  "inputs": [
   {
    "name": "arg0",
    "type": "bytes32"
   }
  ],
  "outputs": [
   {
    "name": "",
    "type": "bool"
   }
  ]
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "publish_terms",
  "inputs": [
   {
    "name": "treasury",
    "type": "address"
   },
   {
    "name": "arbiter",
    "type": "address"
   },
   {
    "name": "fee_bps",
    "type": "uint256"
   },
   {
    "name": "default_seller_bps",
    "type": "uint256"
   },
   {
    "name": "fund_window_s",
    "type": "uint256"
   },
   {
    "name": "ship_window_s",
    "type": "uint256"
   },
   {
    "name": "transit_window_s",
    "type": "uint256"
   },
   {
    "name": "inspection_window_s",
    "type": "uint256"
   },
   {
    "name": "dispute_window_s",
    "type": "uint256"
   }
  ],
  "outputs": [
   {
    "name": "",
    "type": "uint256"
   }
  ]
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "create_order",
  "inputs": [
   {
    "name": "buyer",
    "type": "address"
   },
   {
    "name": "seller",
    "type": "address"
   },
   {
    "name": "amount",
    "type": "uint256"
   },
   {
    "name": "terms_id",
    "type": "uint256"
   },
   {
    "name": "payment_mode",
    "type": "uint8"
   },
   {
    "name": "reference",
    "type": "bytes32"
   },
   {
    "name": "metadata",
    "type": "bytes32"
   }
  ],
  "outputs": [
   {
    "name": "",
    "type": "uint256"
   }
  ]
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "create_orders",
  "inputs": [
   {
    "name": "new_orders",
    "type": "tuple[]",
    "components": [
     {
      "name": "buyer",
      "type": "address"
     },
     {
      "name": "seller",
      "type": "address"
     },
     {
      "name": "amount",
      "type": "uint256"
     },
     {
      "name": "terms_id",
      "type": "uint256"
     },
     {
      "name": "payment_mode",
      "type": "uint8"
     },
     {
      "name": "reference",
      "type": "bytes32"
     },
     {
      "name": "metadata",
      "type": "bytes32"
     }
    ]
   }
  ],
  "outputs": [
   {
    "name": "",
    "type": "uint256[]"
   }
  ]
 },
 {
  "stateMutability": "payable",
  "type": "function",
  "name": "fund_order_dot",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "record_offchain_payment",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256"
   },
   {
    "name": "amount",
    "type": "uint256"
   },
   {
    "name": "receipt",
    "type": "bytes32"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "record_offchain_payments",
  "inputs": [
   {
    "name": "payments",
    "type": "tuple[]",
    "components": [
     {
      "name": "order_id",
      "type": "uint256"
     },
     {
      "name": "amount",
      "type": "uint256"
     },
     {
      "name": "receipt",
      "type": "bytes32"
     }
    ]
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "cancel_order",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "mark_shipped",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256"
   },
   {
    "name": "tracking",
    "type": "bytes32"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "extend_transit",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "confirm_receipt",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "confirm_delivery",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "refund",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "settle_expired",
  "inputs": [
   {
    "name": "order_ids",
    "type": "uint256[]"
   }
  ],
  "outputs": [
   {
    "name": "",
    "type": "uint256"
   }
  ]
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "raise_dispute",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256"
   },
   {
    "name": "evidence",
    "type": "bytes32"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "add_evidence",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256"
   },
   {
    "name": "evidence",
    "type": "bytes32"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "resolve_dispute",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256"
   },
   {
    "name": "seller_bps",
    "type": "uint256"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "propose_settlement",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256"
   },
   {
    "name": "seller_bps",
    "type": "uint256"
   },
   {
    "name": "valid_for_s",
    "type": "uint256"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "withdraw_settlement",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "accept_settlement",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256"
   },
   {
    "name": "seller_bps",
    "type": "uint256"
   }
  ],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "withdraw",
  "inputs": [],
  "outputs": [
   {
    "name": "",
    "type": "uint256"
   }
  ]
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "withdraw_for",
  "inputs": [
   {
    "name": "payee",
    "type": "address"
   }
  ],
  "outputs": [
   {
    "name": "",
    "type": "uint256"
   }
  ]
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "withdraw_to",
  "inputs": [
   {
    "name": "to",
    "type": "address"
   }
  ],
  "outputs": [
   {
    "name": "",
    "type": "uint256"
   }
  ]
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "pause",
  "inputs": [],
  "outputs": []
 },
 {
  "stateMutability": "nonpayable",
  "type": "function",
  "name": "unpause",
  "inputs": [],
  "outputs": []
 },
 {
  "stateMutability": "view",
  "type": "function",
  "name": "order",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256"
   }
  ],
  "outputs": [
   {
    "name": "",
    "type": "tuple",
    "components": [
     {
      "name": "buyer",
      "type": "address"
     },
     {
      "name": "seller",
      "type": "address"
     },
     {
      "name": "amount",
      "type": "uint256"
     },
     {
      "name": "terms_id",
      "type": "uint256"
     },
     {
      "name": "payment_mode",
      "type": "uint8"
     },
     {
      "name": "status",
      "type": "uint8"
     },
     {
      "name": "deadline",
      "type": "uint256"
     }
    ]
   }
  ]
 },
 {
  "stateMutability": "view",
  "type": "function",
  "name": "orders",
  "inputs": [
   {
    "name": "order_ids",
    "type": "uint256[]"
   }
  ],
  "outputs": [
   {
    "name": "",
    "type": "tuple[]",
    "components": [
     {
      "name": "buyer",
      "type": "address"
     },
     {
      "name": "seller",
      "type": "address"
     },
     {
      "name": "amount",
      "type": "uint256"
     },
     {
      "name": "terms_id",
      "type": "uint256"
     },
     {
      "name": "payment_mode",
      "type": "uint8"
     },
     {
      "name": "status",
      "type": "uint8"
     },
     {
      "name": "deadline",
      "type": "uint256"
     }
    ]
   }
  ]
 },
 {
  "stateMutability": "view",
  "type": "function",
  "name": "offer",
  "inputs": [
   {
    "name": "order_id",
    "type": "uint256"
   }
  ],
  "outputs": [
   {
    "name": "",
    "type": "tuple",
    "components": [
     {
      "name": "proposer",
      "type": "address"
     },
     {
      "name": "seller_bps",
      "type": "uint256"
     },
     {
      "name": "expiry",
      "type": "uint256"
     }
    ]
   }
  ]
 },
 {
  "stateMutability": "view",
  "type": "function",
  "name": "terms",
  "inputs": [
   {
    "name": "terms_id",
    "type": "uint256"
   }
  ],
  "outputs": [
   {
    "name": "",
    "type": "tuple",
    "components": [
     {
      "name": "treasury",
      "type": "address"
     },
     {
      "name": "arbiter",
      "type": "address"
     },
     {
      "name": "fee_bps",
      "type": "uint256"
     },
     {
      "name": "default_seller_bps",
      "type": "uint256"
     },
     {
      "name": "fund_window_s",
      "type": "uint256"
     },
     {
      "name": "ship_window_s",
      "type": "uint256"
     },
     {
      "name": "transit_window_s",
      "type": "uint256"
     },
     {
      "name": "inspection_window_s",
      "type": "uint256"
     },
     {
      "name": "dispute_window_s",
      "type": "uint256"
     }
    ]
   }
  ]
 },
 {
  "stateMutability": "view",
  "type": "function",
  "name": "credit_of",
  "inputs": [
   {
    "name": "payee",
    "type": "address"
   }
  ],
  "outputs": [
   {
    "name": "",
    "type": "uint256"
   }
  ]
 },
 {
  "stateMutability": "view",
  "type": "function",
  "name": "totals",
  "inputs": [],
  "outputs": [
   {
    "name": "",
    "type": "uint256"
   },
   {
    "name": "",
    "type": "uint256"
   }
  ]
 },
 {
  "stateMutability": "view",
  "type": "function",
  "name": "next_order_id",
  "inputs": [],
  "outputs": [
   {
    "name": "",
    "type": "uint256"
   }
  ]
 },
 {
  "stateMutability": "view",
  "type": "function",
  "name": "paused",
  "inputs": [],
  "outputs": [
   {
    "name": "",
    "type": "bool"
   }
  ]
 },
 {
  "stateMutability": "view",
  "type": "function",
  "name": "next_terms_id",
  "inputs": [],
  "outputs": [
   {
    "name": "",
    "type": "uint256"
   }
  ]
 },
 {
  "stateMutability": "nonpayable",
  "type": "constructor",
  "inputs": [
   {
    "name": "operator",
    "type": "address"
   },
   {
    "name": "oracle",
    "type": "address"
   },
   {
    "name": "guardian",
    "type": "address"
   }
  ],
  "outputs": []
 }
] as const
